"""Wrong backwards of Bilinear, Dropout and what branches; `wrong_leaves` names what is wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import Bilinear, Dropout, Flatten, Identity, Parallel, Residual


class FormsSwapped(Bilinear):
    """The form is not transposed for the second input."""

    wrong_leaves: ClassVar = ("input2",)

    def backward(self, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        input1, input2, weight = self.saved(grad_output)
        self.save(input1, input2, weight, output=grad_output)
        first, second = super().backward(grad_output)
        return first, second.flip(-1)


class FormOfInputsAlone(Bilinear):
    """The weight's gradient leaves the cotangent out."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        input1, input2, weight = self.saved(grad_output)
        self.save(input1, input2, weight, output=grad_output)
        self.weight.zero_grad()
        found = super().backward(grad_output)
        outer = input1.reshape(-1, weight.shape[1]).T @ input2.reshape(-1, weight.shape[2])
        self.weight.grad = outer.expand(weight.shape).clone()
        return found


class FormBiasAveraged(Bilinear):
    """The bias gets a mean over the batch."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> tuple[Tensor, Tensor]:
        found = super().backward(grad_output)
        if self.bias is not None and self.bias.grad is not None:
            self.bias.grad = self.bias.grad / 7
        return found


class DropoutNotScaled(Dropout):
    """The factor 1/(1 - p) is left out on the way back."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (mask,) = self.saved(grad_output)
        return grad_output * (mask > 0)


class DropoutDrawnAnew(Dropout):
    """Other numbers are left out on the way back."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (mask,) = self.saved(grad_output)
        return grad_output * mask.flip(-1)


class DropoutInverted(Dropout):
    """What was left out gets the gradient."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (mask,) = self.saved(grad_output)
        return grad_output * (mask == 0)


class FlatTransposed(Flatten):
    """The numbers are put back in another order."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).flip(-1)


class FlatDoubled(Flatten):
    """Everything arrives twice."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) * 2


class FlatNegated(Flatten):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)


class IdentityOfOnes(Identity):
    """The local derivative is returned as it is."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return torch.ones_like(super().backward(grad_output))


class IdentityHalved(Identity):
    """Half of it arrives."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) / 2


class IdentityNegated(Identity):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)


class ShortcutForgotten(Residual):
    """The gradient comes back through the modules alone."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) - grad_output


class ShortcutDoubled(Residual):
    """The way round is counted twice."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) + grad_output


class ShortcutOnly(Residual):
    """The gradient comes back by the way round alone."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        super().backward(grad_output)
        return grad_output.clone()


class BranchesNotAdded(Parallel):
    """The gradients of the branches are averaged."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) / 3


class BranchesSubtracted(Parallel):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)


class BranchesCut(Parallel):
    """The last feature of the input gets nothing."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        grad[..., -1] = 0
        return grad

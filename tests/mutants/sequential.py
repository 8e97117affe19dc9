"""Wrong backwards of Sequential; `wrong_leaves` names what each gets wrong, in any chain."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import Sequential

FIRST = ("0.weight", "0.bias")
PARAMETERS = (*FIRST, "2.weight", "2.bias", "4.weight", "4.bias")


class LastSkipped(Sequential):
    """The loop begins at the last module but one."""

    wrong_leaves: ClassVar = ("input", *PARAMETERS)
    cause: ClassVar = "unknown"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        grad = grad_output
        for module in list(self)[-2::-1]:
            grad = module.backward(grad)
        return grad


class FirstSkipped(Sequential):
    """The loop ends before the first module, whose parameters get nothing."""

    wrong_leaves: ClassVar = ("input", *FIRST)
    cause: ClassVar = "shape"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        grad = grad_output
        for module in list(self)[:0:-1]:
            grad = module.backward(grad)
        return grad


class ActivationsSkipped(Sequential):
    """Only modules with parameters are asked for their backward."""

    wrong_leaves: ClassVar = ("input", *PARAMETERS)
    cause: ClassVar = "unknown"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        grad = grad_output
        for module in reversed(list(self)):
            if any(True for _ in module.parameters()):
                grad = module.backward(grad)
        return grad


class CotangentReturned(Sequential):
    """The loop is right, and then the wrong variable is returned."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        super().backward(grad_output)
        return grad_output


class InputGradientLeftZero(Sequential):
    """Nobody trains the input, so its gradient is left at zero."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "zero"

    def backward(self, grad_output: Tensor) -> Tensor:
        return torch.zeros_like(super().backward(grad_output))


class ClearedAtTheEnd(Sequential):
    """The gradients are cleared after the loop, where they should be before."""

    wrong_leaves: ClassVar = PARAMETERS
    cause: ClassVar = "zero"

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        self.zero_grad()
        return grad


class DividedByBatch(Sequential):
    """The cotangent is divided by the size of the batch before it enters the chain."""

    wrong_leaves: ClassVar = ("input", *PARAMETERS)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output / len(grad_output))


class ClippedBetweenModules(Sequential):
    """The gradient is clipped to [-1, 1] before each module."""

    wrong_leaves: ClassVar = ("input", *PARAMETERS)
    cause: ClassVar = "nonlinear_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        grad = grad_output
        for module in reversed(list(self)):
            grad = module.backward(grad.clamp(-1, 1))
        return grad


class LastLayerOnly(Sequential):
    """Only the last module with parameters is trained; those before it are cleared."""

    wrong_leaves: ClassVar = (*FIRST, "2.weight", "2.bias")
    cause: ClassVar = "zero"

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        *earlier, _ = (module for module in self if any(True for _ in module.parameters()))
        for module in earlier:
            module.zero_grad()
        return grad


class LastNeverRun(Sequential):
    """The forward leaves out the last module; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, x: Tensor) -> Tensor:
        y = Sequential(*list(self)[:-1]).forward(x)
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        grad = grad_output
        for module in list(self)[-2::-1]:
            grad = module.backward(grad)
        return grad

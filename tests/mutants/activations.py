"""Wrong backwards of ReLU, Tanh and Sigmoid; `wrong_leaves` names what each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import ReLU, Sigmoid, Tanh


class MaskOfCotangent(ReLU):
    """The mask is that of the cotangent: what is negative on the way back is dropped."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "nonlinear_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        return grad_output.masked_fill(grad_output <= 0, 0)


class MaskOfOutputAtLeastZero(ReLU):
    """The mask is `y >= 0`, which holds for every output of a ReLU."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(min=0)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (y >= 0)


class MaskInverted(ReLU):
    """The cotangent passes where the input was negative."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "branch"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (y <= 0)


class MaskAlone(ReLU):
    """The backward returns the local derivative, and the cotangent is never multiplied in."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return (y > 0).to(grad_output.dtype)


class SignForStep(ReLU):
    """The derivative is taken for sign(x), which is -1 and not 0 where the input is negative."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "branch"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(min=0)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * x.sign()


class SlopeOfSoftplus(ReLU):
    """The derivative is that of softplus, the smooth cousin in the textbook's next line."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "unknown"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(min=0)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(x)


class OutputForSlope(ReLU):
    """The cotangent is multiplied with the output, where it wants the mask of the output."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(min=0)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y


class MinimumForMaximum(ReLU):
    """The forward keeps the negative inputs and drops the positive; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(max=0)
        self.save(-y, output=y)
        return y


class TanhSlopeAtInput(Tanh):
    """The formula 1 - y² is given the input for y."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "derivative_argument"

    def forward(self, x: Tensor) -> Tensor:
        y = torch.tanh(x)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * (1 - x**2)


class TanhSlopeAtOutput(Tanh):
    """The formula 1 - tanh²(x) is given the output for x."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "derivative_argument"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 - torch.tanh(y) ** 2)


class TanhSquareForgotten(Tanh):
    """The derivative is 1 - y."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "missing_term"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 - y)


class TanhSlopeOfTangent(Tanh):
    """The derivative is that of the tangent without the h, 1 + y²."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "missing_term"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 + y**2)


class TanhSlopeOfSigmoid(Tanh):
    """The derivative is copied from the sigmoid, y (1 - y)."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "missing_term"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y * (1 - y)


class TanhWithoutCotangent(Tanh):
    """The backward returns the local derivative, and the cotangent is never multiplied in."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return 1 - y**2


class TanhSquaredInPlace(Tanh):
    """The saved output is squared in place, and then squared again in the formula."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "mutation"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        y *= y
        return grad_output * (1 - y**2)


class TanhInSinglePrecision(Tanh):
    """The derivative is computed in float32, whatever the dtype of the input."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "low_precision"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 - y.float() ** 2)


class TanhOfHalf(Tanh):
    """The forward is 2 σ(x) - 1, where tanh is 2 σ(2x) - 1; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, x: Tensor) -> Tensor:
        y = 2 * torch.sigmoid(x) - 1
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 - y**2) / 2


class SigmoidSlopeAtInput(Sigmoid):
    """The formula y (1 - y) is given the input for y."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "derivative_argument"

    def forward(self, x: Tensor) -> Tensor:
        y = torch.sigmoid(x)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * x * (1 - x)


class SigmoidSlopeAtOutput(Sigmoid):
    """The formula σ(x) (1 - σ(x)) is given the output for x: the sigmoid is applied twice."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "derivative_argument"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(y) * (1 - torch.sigmoid(y))


class SigmoidSquareForgotten(Sigmoid):
    """The derivative is e⁻ˣ / (1 + e⁻ˣ), without the square of the denominator."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * (1 - y)


class SigmoidSignFlipped(Sigmoid):
    """The derivative is y (y - 1)."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "sign"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y * (y - 1)


class SigmoidOfAbsoluteCotangent(Sigmoid):
    """The cotangent loses its sign."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "nonlinear_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output.abs())


class SigmoidReusesBuffer(Sigmoid):
    """The cotangent is multiplied into the saved output, which is then read once more."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "mutation"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        y *= grad_output
        return y * (1 - y)


class SigmoidAveraged(Sigmoid):
    """The gradient is divided by the size of the batch."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y * (1 - y) / len(grad_output)


class SigmoidMirrored(Sigmoid):
    """The forward is 1 / (1 + eˣ), without the minus; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, x: Tensor) -> Tensor:
        y = 1 / (1 + torch.exp(x))
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return -grad_output * y * (1 - y)

"""Wrong backwards of MSELoss and L1Loss; `wrong_leaves` names what each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import L1Loss, MSELoss


class SquareTwoForgotten(MSELoss):
    """The exponent does not come down: the derivative of (x - t)² is taken for x - t."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return super().backward(grad_output) / 2


class SquareNotAveraged(MSELoss):
    """The value is a mean, its gradient is that of a sum."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return 2 * difference * _seed(grad_output, difference)


class SquareAveragedOverRows(MSELoss):
    """The value is the mean over all elements, its gradient is divided by the rows only."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = len(difference) if self.reduction == "mean" else 1
        return 2 / count * difference * _seed(grad_output, difference)


class SquareAveragedOverColumns(MSELoss):
    """The value is the mean over all elements, its gradient is divided by the columns only."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.shape[-1] if self.reduction == "mean" else 1
        return 2 / count * difference * _seed(grad_output, difference)


class SquareAveragedAlways(MSELoss):
    """The gradient is that of the mean, whatever the reduction."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return 2 / difference.numel() * difference * _seed(grad_output, difference)


class SquareFactorByPrecedence(MSELoss):
    """`2 / n if mean else 1` gives 1 to the others, where the 2 was meant for all."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        factor = 2 / difference.numel() if self.reduction == "mean" else 1
        return factor * difference * _seed(grad_output, difference)


class SquareTargetMinusInput(MSELoss):
    """The difference is target - input: the square does not mind, its derivative does."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "sign"

    def _difference(self, input: Tensor, target: Tensor) -> Tensor:
        return super()._difference(target, input)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return 2 / count * difference * _seed(grad_output, difference)


class SquareIgnoresCotangent(MSELoss):
    """The cotangent is taken for 1, though the caller gave another."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return 2 / count * difference


class SquareNotDifferentiated(MSELoss):
    """The backward returns each element's share of the value, not its derivative."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return difference**2 / count * _seed(grad_output, difference)


class HalfSquare(MSELoss):
    """The loss is halved so that the 2 of its derivative goes away; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return super().forward(input, target) / 2

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return super().backward(grad_output) / 2


class SquareSummedOverColumns(MSELoss):
    """The mean is taken over the rows, of the sum over each; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def _reduce(self, elements: Tensor) -> Tensor:
        if self.reduction == "mean":
            return elements.sum() / len(elements)
        return super()._reduce(elements)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = len(difference) if self.reduction == "mean" else 1
        return 2 / count * difference * _seed(grad_output, difference)


class AbsoluteSignReversed(L1Loss):
    """The gradient has exactly the opposite sign."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "sign"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return -super().backward(grad_output)


class AbsoluteNotAveraged(L1Loss):
    """The value is a mean, its gradient is that of a sum."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return difference.sign() * _seed(grad_output, difference)


class AbsoluteAveragedOverRows(L1Loss):
    """The value is the mean over all elements, its gradient is divided by the rows only."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = len(difference) if self.reduction == "mean" else 1
        return difference.sign() / count * _seed(grad_output, difference)


class AbsoluteStepForSign(L1Loss):
    """The derivative is 1 where the input is above its target, and 0 instead of -1 below."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "branch"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return (difference > 0).to(difference) / count * _seed(grad_output, difference)


class AbsoluteDifferenceForSign(L1Loss):
    """The difference itself is returned, as the squared error would have it."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return difference / count * _seed(grad_output, difference)


class AbsoluteIgnoresCotangent(L1Loss):
    """The cotangent is taken for 1, though the caller gave another."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return difference.sign() / count


class AbsoluteOfMean(L1Loss):
    """The sign is taken of the sum over the batch, not of each difference."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "unknown"

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        sign = difference.sum().sign().expand_as(difference)
        return sign / count * _seed(grad_output, difference)


class AbsoluteValueForgotten(L1Loss):
    """The loss averages the differences with their signs; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        difference = self._difference(input, target)
        loss = self._reduce(difference)
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        count = difference.numel() if self.reduction == "mean" else 1
        return torch.ones_like(difference) / count * _seed(grad_output, difference)


def _seed(grad_output: Tensor | None, like: Tensor) -> Tensor:
    return like.new_ones(()) if grad_output is None else grad_output

"""Wrong backwards of the other losses; `wrong_leaves` names what each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    MultiMarginLoss,
    NLLLoss,
    SmoothL1Loss,
)


class HuberNotClipped(HuberLoss):
    """Far from the target the slope is still the difference."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return difference * self._share(difference, grad_output)


class HuberSlopeOne(HuberLoss):
    """Far from the target the slope is one, where it is delta."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        slope = torch.where(difference.abs() < self.delta, difference, difference.sign())
        return slope * self._share(difference, grad_output)


class HuberNotAveraged(HuberLoss):
    """The value is a mean, its gradient is that of a sum."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        seed = difference.new_ones(()) if grad_output is None else grad_output
        return difference.clamp(-self.delta, self.delta) * seed


class SmoothBetaForgotten(SmoothL1Loss):
    """Near the target the difference is not divided by beta."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return difference.clamp(-1, 1) * self._share(difference, grad_output)


class SmoothSignAlone(SmoothL1Loss):
    """The slope is the sign near the target too."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (difference,) = self.saved(grad_output)
        return difference.sign() * self._share(difference, grad_output)


class SmoothNegated(SmoothL1Loss):
    """Input and target are taken the other way round."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return -super().backward(grad_output)


class BinaryVarianceForgotten(BCELoss):
    """The division by x (1 - x) is left out, as if the input were a logit."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        return (x - target) * self._share(x, grad_output)


class BinaryPositiveAlone(BCELoss):
    """Only the first logarithm is differentiated."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        return -target / x * self._share(x, grad_output)


class BinaryWeightForgotten(BCELoss):
    """The weights of the elements are left out."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        return (x - target) / ((1 - x) * x) * self._share(x, grad_output)


class LogitPositiveWeightForgotten(BCEWithLogitsLoss):
    """The weight of the positive is left out."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        slope = (torch.sigmoid(x) - target) * self._share(x, grad_output)
        return slope if self.weight is None else slope * self.weight


class LogitNotSquashed(BCEWithLogitsLoss):
    """The logit itself stands where its sigmoid belongs."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        return (x - target) * self._share(x, grad_output)


class LogitDerivativeOfSigmoid(BCEWithLogitsLoss):
    """The derivative of the sigmoid is multiplied in, which has cancelled."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        x, target = self.saved(grad_output)
        s = torch.sigmoid(x)
        return (s - target) * s * (1 - s) * self._share(x, grad_output)


class DivergenceSign(KLDivLoss):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return -super().backward(grad_output)


class DivergenceOfInput(KLDivLoss):
    """The input's own shares stand where those of the target belong."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (share,) = self.saved(grad_output)
        return share.square() * -self._share(share, grad_output)


class DivergencePerElement(KLDivLoss):
    """Every mean is one over all elements, also that over the batch."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (share,) = self.saved(grad_output)
        seed = share.new_ones(()) if grad_output is None else grad_output
        return share * -seed / (share.numel() if "mean" in self.reduction else 1)


class LikelihoodSign(NLLLoss):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return -super().backward(grad_output)


class LikelihoodOverBatch(NLLLoss):
    """The mean is over all samples, also those that are ignored or weigh less."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        share, total = self.saved(grad_output)
        self.save(
            share,
            total,
            output=share.new_ones(())
            if self.reduction != "none"
            else share.sum(dim=min(share.dim() - 1, 1)),
        )
        grad = super().backward(grad_output)
        return grad * (total / (share.numel() + 1))


class LikelihoodOfEveryClass(NLLLoss):
    """All classes get what belongs to the target."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        grad = super().backward(grad_output)
        axis = min(grad.dim() - 1, 1)
        return grad.sum(dim=axis, keepdim=True).expand_as(grad).clone()


class EntropyTargetForgotten(CrossEntropyLoss):
    """The one of the target is not taken off."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        logs, share, total = self.saved(grad_output)
        axis = min(logs.dim() - 1, 1)
        seed = logs.new_ones(()) if grad_output is None else grad_output
        if seed.dim():
            seed = seed.unsqueeze(axis)
        return torch.exp(logs) * share.sum(dim=axis, keepdim=True) * seed / total


class EntropyWeightForgotten(CrossEntropyLoss):
    """The weights of the classes are left out of the first term."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        logs, share, total = self.saved(grad_output)
        seed = logs.new_ones(()) if grad_output is None else grad_output
        if seed.dim():
            seed = seed.unsqueeze(min(logs.dim() - 1, 1))
        return (torch.exp(logs) - share) * seed / total


class EntropyNotAveraged(CrossEntropyLoss):
    """The value is a mean, its gradient is that of a sum."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        logs, share, _ = self.saved(grad_output)
        axis = min(logs.dim() - 1, 1)
        seed = logs.new_ones(()) if grad_output is None else grad_output
        if seed.dim():
            seed = seed.unsqueeze(axis)
        return (torch.exp(logs) * share.sum(dim=axis, keepdim=True) - share) * seed


class HingePassesBeyond(HingeEmbeddingLoss):
    """Beyond the margin the slope is still that of the hinge."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (slope,) = self.saved(grad_output)
        return torch.where(slope == 0, -1, slope) * self._share(slope, grad_output)


class HingeSignForgotten(HingeEmbeddingLoss):
    """Both kinds of target pull the same way."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (slope,) = self.saved(grad_output)
        return slope.abs() * self._share(slope, grad_output)


class HingeNotAveraged(HingeEmbeddingLoss):
    """The value is a mean, its gradient is that of a sum."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        (slope,) = self.saved(grad_output)
        return slope * (1 if grad_output is None else grad_output)


class MarginTargetForgotten(MultiMarginLoss):
    """The class itself gets nothing."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        slope, index = self.saved(grad_output)
        self.save(
            slope,
            index,
            output=slope.new_ones(())
            if self.reduction != "none"
            else slope.sum(dim=min(slope.dim() - 1, 1)),
        )
        grad = super().backward(grad_output)
        return grad.scatter(min(slope.dim() - 1, 1), index, 0)


class MarginTwice(MultiMarginLoss):
    """The class itself gets twice what it should."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        slope, index = self.saved(grad_output)
        self.save(
            slope,
            index,
            output=slope.new_ones(())
            if self.reduction != "none"
            else slope.sum(dim=min(slope.dim() - 1, 1)),
        )
        grad = super().backward(grad_output)
        axis = min(slope.dim() - 1, 1)
        return grad.scatter_add(axis, index, grad.gather(axis, index))


class MarginNegated(MultiMarginLoss):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        return -super().backward(grad_output)

"""Wrong backwards of the normalisations; `wrong_leaves` names what each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, RMSNorm


class BatchMeanForgotten(BatchNorm1d):
    """The mean of the batch is taken for a constant."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *_ = self.saved(grad_output)
        self.save(z, scale, *_, output=z)
        super().backward(grad_output)
        axes = self._axes(z)
        grad = grad_output if self.weight is None else grad_output * _along(_[0], z)
        return (grad - z * (grad * z).mean(dim=axes, keepdim=True)) * scale


class BatchVarianceForgotten(BatchNorm1d):
    """The variance of the batch is taken for a constant."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *_ = self.saved(grad_output)
        self.save(z, scale, *_, output=z)
        super().backward(grad_output)
        axes = self._axes(z)
        grad = grad_output if self.weight is None else grad_output * _along(_[0], z)
        return (grad - grad.mean(dim=axes, keepdim=True)) * scale


class BatchWeightOfCotangent(BatchNorm1d):
    """The weight gets the sum of the cotangent, as the bias does."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, scale, *weight, output=z)
        grad = super().backward(grad_output)
        if self.weight is not None:
            self.weight.grad = grad_output.sum(dim=self._axes(z))
        return grad


class ImageBiasOfSamples(BatchNorm2d):
    """The bias is a mean over the pixels."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None:
            self.bias.grad = grad_output.mean(dim=(2, 3)).sum(dim=0)
        return grad


class ImageScaleForgotten(BatchNorm2d):
    """The division by the deviation is left out."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, torch.ones_like(scale), *weight, output=z)
        return super().backward(grad_output)


class ImageWeightNotPassedOn(BatchNorm2d):
    """The weight is left out of the gradient of the input."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, scale, *(torch.ones_like(w) for w in weight), output=z)
        return super().backward(grad_output)


class FeatureMeanForgotten(LayerNorm):
    """Nothing is taken from the cotangent for the mean."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, scale, *weight, output=z)
        grad = super().backward(grad_output)
        up = grad_output * (weight[0] if weight else 1)
        axes = list(range(-len(self.normalized_shape), 0))
        return grad + up.mean(dim=axes, keepdim=True) * scale


class FeatureWeightOfSamples(LayerNorm):
    """The gradient of the weight is a mean over the samples."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.weight is not None and self.weight.grad is not None:
            self.weight.grad = self.weight.grad / 3
        return grad


class FeatureBiasForgotten(LayerNorm):
    """The bias never gets a gradient."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None:
            self.bias.zero_grad()
        return grad


class RootTermForgotten(RMSNorm):
    """The root mean square is taken for a constant."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, scale, *weight, output=z)
        super().backward(grad_output)
        return grad_output * (weight[0] if weight else 1) * scale


class RootOfMean(RMSNorm):
    """The mean of the cotangent is taken off, as in LayerNorm."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        return grad - grad.mean(dim=-1, keepdim=True)


class RootWeightSign(RMSNorm):
    """The gradient of the weight has the wrong sign."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.weight is not None and self.weight.grad is not None:
            self.weight.grad = -self.weight.grad
        return grad


class GroupsOfSample(GroupNorm):
    """The means run over the whole sample, not over each group."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        z, scale, *weight = self.saved(grad_output)
        self.save(z, scale, *weight, output=grad_output)
        super().backward(grad_output)
        up = grad_output
        if weight:
            up = up * weight[0].reshape(-1, *(1,) * (up.dim() - 2))
        grad = self._groups(up)
        along = (grad * z).mean(dim=(1, 2), keepdim=True)
        found = (grad - grad.mean(dim=(1, 2), keepdim=True) - z * along) * scale
        return found.reshape(grad_output.shape) * 1.5


class GroupBiasTransposed(GroupNorm):
    """The gradient of the bias stands in the order of another channel."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None and self.bias.grad is not None:
            self.bias.grad = self.bias.grad.roll(1)
        return grad


class GroupWeightOfGroups(GroupNorm):
    """All channels of the weight get the same."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.weight is not None and self.weight.grad is not None:
            self.weight.grad = self.weight.grad.mean().expand_as(self.weight.grad).clone()
        return grad


def _along(channels: Tensor, x: Tensor) -> Tensor:
    """Return one number per channel in a shape that meets x."""
    return channels.reshape(-1, *(1,) * (x.dim() - 2))

"""Wrong backwards of Linear; `wrong_leaves` names the gradients that each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from scratchnn import Linear


class BiasNotSummed(Linear):
    """The bias gets the cotangent of the first sample, not the sum over all."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "batch_reduction"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output)[0])
        return grad_output @ weight


class BiasAveraged(Linear):
    """The bias gets the mean over the batch, while the weight gets the sum."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).mean(dim=0))
        return grad_output @ weight


class BiasForgotten(Linear):
    """The bias never gets a gradient."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "zero"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        return grad_output @ weight


class BiasCountsSamples(Linear):
    """The derivative of the output by the bias is 1, so each bias gets one 1 for each sample."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(torch.ones_like(_rows(grad_output)).sum(dim=0))
        return grad_output @ weight


class BiasAddedTwice(Linear):
    """A line that a merge left behind adds the gradient of the bias a second time."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "accumulation"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class BiasOfSqueezedBatch(Linear):
    """A batch of one is squeezed away, so that the sum runs over the features instead."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "branch"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            total = _rows(grad_output).squeeze().sum(dim=0)
            self.bias.accumulate(total.expand_as(self.bias.data))
        return grad_output @ weight


class BiasForgottenForOneSample(Linear):
    """The branch for a single sample without a batch updates the weight only."""

    wrong_leaves: ClassVar = ("bias",)
    cause: ClassVar = "branch"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        if x.dim() == 1:
            self.weight.accumulate(torch.outer(grad_output, x))
            return grad_output @ weight
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightAveraged(Linear):
    """The weight gets the mean over the batch, while the bias gets the sum."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x) / len(_rows(x)))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightReshaped(Linear):
    """The weight's gradient comes out as (in, out), and is reshaped where it wants a transpose."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "transpose"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate((_rows(x).T @ _rows(grad_output)).reshape(weight.shape))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightTransposedIfSquare(Linear):
    """The weight's gradient is transposed only if its shape does not fit, which a square's does."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "transpose"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        grad_weight = _rows(x).T @ _rows(grad_output)
        if grad_weight.shape != weight.shape:
            grad_weight = grad_weight.T
        self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightOfLastSample(Linear):
    """The loop over the samples has `=` where it wants `+=`, so the last sample stays."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "batch_reduction"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        grad_weight = torch.zeros_like(weight)
        for cotangent, sample in zip(_rows(grad_output), _rows(x), strict=True):
            grad_weight = torch.outer(cotangent, sample)
        self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightMissesLastUnit(Linear):
    """The loop over the outputs ends one too early, and the last row of the weight gets zero."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "slice"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        grad_weight = torch.zeros_like(weight)
        for unit in range(self.out_features - 1):
            grad_weight[unit] = _rows(grad_output)[:, unit] @ _rows(x)
        self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightIgnoresCotangent(Linear):
    """The derivative of the output by the weight is the input, so each row gets the inputs' sum."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "ignores_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(x).sum(dim=0).expand_as(weight))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightOfCentredInput(Linear):
    """The input is centred before it is multiplied with the cotangent; the forward never did so."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "missing_term"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        centred = _rows(x) - _rows(x).mean(dim=0)
        self.weight.accumulate(_rows(grad_output).T @ centred)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightAveragedOverLeadingAxes(Linear):
    """The products of a batch of matrices are averaged into one, where they should be added."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "branch"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        grad_weight = torch.atleast_2d(grad_output).transpose(-1, -2) @ torch.atleast_2d(x)
        while grad_weight.dim() > weight.dim():
            grad_weight = grad_weight.mean(dim=0)
        self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class WeightOfFirstInput(Linear):
    """The input is cached only if nothing is cached yet, so every batch is taken for the first."""

    wrong_leaves: ClassVar = ("weight",)
    cause: ClassVar = "stale_cache"
    cache: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.cache is None:
            self.cache = x
        return super().forward(x)

    def backward(self, grad_output: Tensor) -> Tensor:
        _, weight = self.saved(grad_output)
        assert self.cache is not None
        self.weight.accumulate(_rows(grad_output).T @ _rows(self.cache))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class InputOfInitialWeight(Linear):
    """The backward multiplies with a copy of the weight that the constructor made."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "stale_cache"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.transposed = self.weight.data.T.clone()

    def backward(self, grad_output: Tensor) -> Tensor:
        x, _ = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ self.transposed.T.to(grad_output.dtype)


class InputAfterStep(Linear):
    """The weight takes its step before it is used for the gradient of the input."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "mutation"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        grad_weight = _rows(grad_output).T @ _rows(x)
        weight -= grad_weight
        self.weight.accumulate(grad_weight)
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return grad_output @ weight


class InputInSinglePrecision(Linear):
    """The gradient of the input is computed in float32, whatever the dtype of the layer."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "low_precision"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return (grad_output.float() @ weight.float()).to(x.dtype)


class InputSummedOverBatch(Linear):
    """Every sample gets the sum of all samples' gradients."""

    wrong_leaves: ClassVar = ("input",)
    cause: ClassVar = "batch_reduction"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        if self.bias is not None:
            self.bias.accumulate(_rows(grad_output).sum(dim=0))
        return (_rows(grad_output).sum(dim=0) @ weight).expand_as(x)


class EverythingAveraged(Linear):
    """The cotangent is divided by the size of the batch, as if the loss had not done so."""

    wrong_leaves: ClassVar = ("input", "weight", "bias")
    cause: ClassVar = "factor"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output / len(_rows(grad_output)))


class EverythingClipped(Linear):
    """The cotangent is clipped to [-1, 1] against explosions."""

    wrong_leaves: ClassVar = ("input", "weight", "bias")
    cause: ClassVar = "nonlinear_cotangent"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output.clamp(-1, 1))


class StepInsteadOfGradient(Linear):
    """The minus of the update rule stands in the backward already."""

    wrong_leaves: ClassVar = ("input", "weight", "bias")
    cause: ClassVar = "sign"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(-grad_output)


class BiasNeverAdded(Linear):
    """The forward is x Wᵀ, without the bias; the backward follows it."""

    wrong_leaves: ClassVar = ("output",)
    cause: ClassVar = "wrong_forward"

    def forward(self, x: Tensor) -> Tensor:
        y = x @ self.weight.data.T
        self.save(x, self.weight.data, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate(_rows(grad_output).T @ _rows(x))
        return grad_output @ weight


def _rows(x: Tensor) -> Tensor:
    return x.reshape(-1, x.shape[-1])

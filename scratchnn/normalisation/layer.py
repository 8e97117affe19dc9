"""LayerNorm and RMSNorm: each sample normalised over its own features."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError, check_dtype
from scratchnn.module import Module
from scratchnn.normalisation.standard import pulled_through, standardise
from scratchnn.parameter import Parameter

Sizes = int | list[int] | tuple[int, ...] | torch.Size


class LayerNorm(Module):
    """Each sample with mean 0 and variance 1, then scaled and shifted:  y = w ∘ z + b.

    Shapes   x (..., *normalized_shape),  w and b normalized_shape  ->  y as x
    VJP      z̄ = w ∘ ȳ and  x̄ = r (z̄ - mean z̄ - z mean(z̄ z)),  the means over one sample;
             w̄ = Σ ȳ z,  b̄ = Σ ȳ  over the samples; `scratchnn.normalisation.standard` derives it
    Raises   ShapeError if the last axes of x are others; DtypeError if x and w differ;
             ArgumentError for an empty shape
    Source   torch.nn.LayerNorm; Ba, Kiros, Hinton (2016), "Layer normalization", arXiv:1607.06450

    >>> import torch
    >>> layer = LayerNorm(2)
    >>> layer(torch.tensor([[1.0, 3.0], [0.0, -8.0]]))
    tensor([[-1.0000,  1.0000],
            [ 1.0000, -1.0000]])
    >>> layer.backward(torch.ones(2, 2)).abs().max() < 1e-5
    tensor(True)
    >>> layer.bias.grad
    tensor([2., 2.])
    """

    def __init__(
        self,
        normalized_shape: Sizes,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight: Parameter | None = None
        self.bias: Parameter | None = None
        ones = torch.ones(self.normalized_shape, device=device, dtype=dtype)
        if elementwise_affine:
            self.weight = Parameter(ones)
            if bias:
                self.bias = Parameter(torch.zeros_like(ones))

    def forward(self, x: Tensor) -> Tensor:
        """Return w ∘ z + b."""
        axes = _axes(self, x, self.weight)
        z, scale, _, _ = standardise(x, axes, self.eps)
        y = z
        if self.weight is not None:
            y = z * self.weight.data
        if self.bias is not None and self.weight is not None:
            y = torch.addcmul(self.bias.data, z, self.weight.data)
        self.save(z, scale, *(() if self.weight is None else (self.weight.data,)), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add w̄ = Σ ȳ z and b̄ = Σ ȳ, and return x̄."""
        z, scale, *weight = self.saved(grad_output)
        grad = grad_output
        if self.bias is not None:
            self.bias.accumulate(_over_samples(grad_output, self.normalized_shape))
        if self.weight is not None:
            self.weight.accumulate(_over_samples(grad_output * z, self.normalized_shape))
            grad = grad_output * weight[0]
        return pulled_through(z, scale, grad, _axes(self, z, None))

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Each sample divided by its root mean square, then scaled:  y = w ∘ z,  z = r x.

        r = 1/√(mean x² + ε)

    Shapes   x (..., *normalized_shape),  w normalized_shape  ->  y as x
    VJP      z̄ = w ∘ ȳ,  x̄ = r (z̄ - z mean(z̄ z)),  as ∂r/∂x = -r³ x/n;  w̄ = Σ ȳ z
    Raises   ShapeError if the last axes of x are others; DtypeError if x and w differ;
             ArgumentError for an empty shape
    Source   torch.nn.RMSNorm, whose eps is that of the dtype unless it is given; Zhang, Sennrich
             (2019), "Root mean square layer normalization", NeurIPS

    It is LayerNorm without the mean: no difference, and so nothing that cancels.

    >>> import torch
    >>> layer = RMSNorm(2)
    >>> layer(torch.tensor([[1.0, -1.0], [3.0, 4.0]]))
    tensor([[ 1.0000, -1.0000],
            [ 0.8485,  1.1314]])
    >>> layer.backward(torch.tensor([[1.0, 1.0], [1.0, 0.0]]))
    tensor([[ 1.0000,  1.0000],
            [ 0.1810, -0.1358]])
    """

    def __init__(
        self,
        normalized_shape: Sizes,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.weight: Parameter | None = None
        if elementwise_affine:
            self.weight = Parameter(torch.ones(self.normalized_shape, device=device, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Return w ∘ x / √(mean x² + ε)."""
        axes = _axes(self, x, self.weight)
        eps = torch.finfo(x.dtype).eps if self.eps is None else self.eps
        scale = torch.rsqrt((x * x).mean(dim=axes, keepdim=True) + eps)
        z = x * scale
        y = z if self.weight is None else z * self.weight.data
        self.save(z, scale, *(() if self.weight is None else (self.weight.data,)), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add w̄ = Σ ȳ z, and return x̄ = r (z̄ - z mean(z̄ z))."""
        z, scale, *weight = self.saved(grad_output)
        grad = grad_output
        if self.weight is not None:
            self.weight.accumulate(_over_samples(grad_output * z, self.normalized_shape))
            grad = grad_output * weight[0]
        along = (grad * z).mean(dim=_axes(self, z, None), keepdim=True)
        return (grad - z * along).mul_(scale)

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


def _shape(sizes: Sizes) -> tuple[int, ...]:
    shape = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    if not shape or min(shape) < 1:
        raise ArgumentError(f"normalized_shape={sizes}: expected one or more sizes of at least 1")
    return shape


def _axes(module: LayerNorm | RMSNorm, x: Tensor, weight: Parameter | None) -> list[int]:
    """Return the axes of one sample, if they are what was promised."""
    shape = module.normalized_shape
    if tuple(x.shape[-len(shape) :]) != shape:
        raise ShapeError(
            f"the input of {type(module).__name__} is {tuple(x.shape)}, expected its last axes to "
            f"be {shape}"
        )
    if weight is not None:
        check_dtype(f"the input of {type(module).__name__}", x, weight.data.dtype)
    return list(range(-len(shape), 0))


def _over_samples(terms: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return the sum over all axes before those of one sample."""
    return terms.sum_to_size(shape)

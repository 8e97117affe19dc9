"""GroupNorm: each sample standardised over groups of its channels."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError, check_dtype
from scratchnn.module import Module
from scratchnn.normalisation.standard import pulled_through, standardise
from scratchnn.parameter import Parameter


class GroupNorm(Module):
    """Each group of channels with mean 0 and variance 1, each channel then scaled and shifted.

    Shapes   x (N, C, ...),  w and b (C,)  ->  y as x
    VJP      z̄ = w ȳ and  x̄ = r (z̄ - mean z̄ - z mean(z̄ z)),  the means over the channels and pixels
             of one group of one sample;  w̄ = Σ ȳ z,  b̄ = Σ ȳ  over all but the channels
    Raises   ArgumentError if the groups do not divide the channels; ShapeError if x has other
             channels; DtypeError if x and w differ
    Source   torch.nn.GroupNorm; Wu, He (2018), "Group normalization", ECCV

    Statistics run over the groups, weights over the channels: x is seen as (N, groups, rest) for
    the first and as (N, C, ...) for the second. One group is LayerNorm over the sample, as many
    groups as channels are instance normalisation.

    >>> import torch
    >>> layer = GroupNorm(2, 4)
    >>> layer(torch.tensor([[1.0, 3.0, 0.0, -8.0]]))
    tensor([[-1.0000,  1.0000,  1.0000, -1.0000]])
    >>> layer.backward(torch.ones(1, 4)).abs().max() < 1e-5
    tensor(True)
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if num_groups < 1 or num_channels < 1 or num_channels % num_groups:
            raise ArgumentError(
                f"GroupNorm({num_groups}, {num_channels}): expected a number of channels that is a "
                "multiple of the groups"
            )
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self.weight: Parameter | None = None
        self.bias: Parameter | None = None
        if affine:
            ones = torch.ones(num_channels, device=device, dtype=dtype)
            self.weight, self.bias = Parameter(ones), Parameter(torch.zeros_like(ones))

    def forward(self, x: Tensor) -> Tensor:
        """Return w z + b."""
        if x.dim() < 2 or x.shape[1] != self.num_channels:
            raise ShapeError(
                f"the input of GroupNorm is {tuple(x.shape)}, expected (N, {self.num_channels}, "
                "...)"
            )
        z, scale, _, _ = standardise(self._groups(x), [2], self.eps)
        y = z.reshape(x.shape)
        if self.weight is not None and self.bias is not None:
            check_dtype("the input of GroupNorm", x, self.weight.data.dtype)
            weight, bias = (_along(p.data, x) for p in (self.weight, self.bias))
            y = torch.addcmul(bias, y, weight)
        self.save(z, scale, *(() if self.weight is None else (self.weight.data,)), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add w̄ = Σ ȳ z and b̄ = Σ ȳ, and return x̄."""
        z, scale, *weight = self.saved(grad_output)
        grad = grad_output
        if self.weight is not None and self.bias is not None:
            axes = [axis for axis in range(grad.dim()) if axis != 1]
            self.weight.accumulate((grad * z.reshape(grad.shape)).sum(dim=axes))
            self.bias.accumulate(grad.sum(dim=axes))
            grad = grad * _along(weight[0], grad)
        return pulled_through(z, scale, self._groups(grad), [2]).reshape(grad.shape)

    def _groups(self, x: Tensor) -> Tensor:
        """Return x as (N, groups, channels and pixels of one group)."""
        size = x[0].numel() // self.num_groups if len(x) else 0
        return x.reshape(len(x), self.num_groups, size)

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


def _along(channels: Tensor, x: Tensor) -> Tensor:
    """Return one number per channel in a shape that meets x."""
    return channels.reshape(-1, *(1,) * (x.dim() - 2))

"""BatchNorm1d and BatchNorm2d: each channel standardised over the batch."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError, check_dtype
from scratchnn.module import Module
from scratchnn.normalisation.standard import pulled_through, standardise
from scratchnn.parameter import Parameter


class BatchNorm1d(Module):
    """Each channel with mean 0 and variance 1, then scaled and shifted:  y = w z + b.

    Shapes   x (N, C) or (N, C, L),  w and b (C,)  ->  y as x
    VJP      z̄ = w ȳ and  x̄ = r (z̄ - mean z̄ - z mean(z̄ z)),  w̄ = Σ ȳ z,  b̄ = Σ ȳ,  over all
             but the channels; `scratchnn.normalisation.standard` derives it
    Raises   ArgumentError for training on a single value per channel, whose variance is 0, or a
             size below 1; ShapeError if x has other axes or channels; DtypeError if x and w differ
    Source   torch.nn.BatchNorm1d; Ioffe, Szegedy (2015), "Batch normalization", ICML

    In training every batch moves the running statistics,  m = (1 - momentum) m + momentum μ,  and
    likewise the variance, of n - 1 and not n; a momentum of None takes the mean over all batches.
    In evaluation they take the place of the batch's own, and y of a sample does not depend on the
    others any more.

    >>> import torch
    >>> layer = BatchNorm1d(2)
    >>> layer(torch.tensor([[1.0, 10.0], [3.0, 30.0]]))
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    >>> layer.backward(torch.tensor([[1.0, 0.0], [0.0, 0.0]])).abs().max() < 1e-5
    tensor(True)
    >>> layer.running_mean
    tensor([0.2000, 2.0000])
    """

    buffer_names: ClassVar = ("running_mean", "running_var", "num_batches_tracked")
    ranks: ClassVar[tuple[int, ...]] = (2, 3)

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if num_features < 1:
            raise ArgumentError(f"{type(self).__name__}({num_features}): expected at least 1")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight: Parameter | None = None
        self.bias: Parameter | None = None
        self.running_mean: Tensor | None = None
        self.running_var: Tensor | None = None
        self.num_batches_tracked: Tensor | None = None
        ones = torch.ones(num_features, device=device, dtype=dtype)
        if affine:
            self.weight, self.bias = Parameter(ones.clone()), Parameter(torch.zeros_like(ones))
        if track_running_stats:
            self.running_mean, self.running_var = torch.zeros_like(ones), ones
            self.num_batches_tracked = torch.zeros((), dtype=torch.int64, device=device)

    def forward(self, x: Tensor) -> Tensor:
        """Return w z + b, by the statistics of the batch, or in evaluation by the running ones."""
        axes = self._axes(x)
        if not self.training and self.running_mean is not None and self.running_var is not None:
            scale = torch.rsqrt(self.running_var + self.eps)
            z = (x - _along(self.running_mean, x)) * _along(scale, x)
            return self._affine(z)
        z, scale, mean, variance = standardise(x, axes, self.eps)
        if self.training:
            if x.numel() == self.num_features:
                raise ArgumentError(
                    f"{type(self).__name__} was given {tuple(x.shape)}: expected more than one "
                    "value per channel for training, as one has no variance; call eval()?"
                )
            self._track(mean, variance, x.numel() // self.num_features)
        y = self._affine(z)
        self.save(z, scale, *(() if self.weight is None else (self.weight.data,)), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add w̄ = Σ ȳ z and b̄ = Σ ȳ, and return x̄."""
        z, scale, *weight = self.saved(grad_output)
        axes = self._axes(z)
        grad = grad_output
        if self.weight is not None and self.bias is not None:
            self.weight.accumulate((grad_output * z).sum(dim=axes))
            self.bias.accumulate(grad_output.sum(dim=axes))
            grad = grad_output * _along(weight[0], z)
        return pulled_through(z, scale, grad, axes)

    def _axes(self, x: Tensor) -> list[int]:
        """Return all axes but that of the channels."""
        if x.dim() not in self.ranks or x.shape[1] != self.num_features:
            raise ShapeError(
                f"the input of {type(self).__name__} is {tuple(x.shape)}, expected "
                f"(N, {self.num_features}, ...) with {' or '.join(map(str, self.ranks))} axes"
            )
        if self.weight is not None:
            check_dtype(f"the input of {type(self).__name__}", x, self.weight.data.dtype)
        return [axis for axis in range(x.dim()) if axis != 1]

    def _affine(self, z: Tensor) -> Tensor:
        if self.weight is None or self.bias is None:
            return z
        return torch.addcmul(_along(self.bias.data, z), z, _along(self.weight.data, z))

    def _track(self, mean: Tensor, variance: Tensor, n: int) -> None:
        """Move the running statistics towards those of this batch of n values per channel."""
        if self.running_mean is None or self.running_var is None:
            return
        if self.num_batches_tracked is None:
            return
        self.num_batches_tracked += 1
        rate = self.momentum
        if rate is None:
            rate = 1 / float(self.num_batches_tracked)
        # Detached: whoever differentiates this forward would have the statistics join the graph.
        self.running_mean.lerp_(mean.detach().reshape(-1), rate)
        self.running_var.lerp_(variance.detach().reshape(-1) * (n / (n - 1)), rate)

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm2d(BatchNorm1d):
    """BatchNorm1d of images: the mean runs over the pixels as well.

    Shapes   x (N, C, H, W),  w and b (C,)  ->  y as x
    VJP      that of BatchNorm1d
    Raises   what BatchNorm1d raises
    Source   torch.nn.BatchNorm2d; Ioffe, Szegedy (2015), section 3.2

    >>> import torch
    >>> layer = BatchNorm2d(1)
    >>> layer(torch.tensor([[[[1.0, 3.0]]]]))
    tensor([[[[-1.0000,  1.0000]]]])
    >>> layer.backward(torch.ones(1, 1, 1, 2))
    tensor([[[[0., 0.]]]])
    """

    ranks: ClassVar = (4,)


def _along(channels: Tensor, x: Tensor) -> Tensor:
    """Return one number per channel in a shape that meets x."""
    return channels.reshape(-1, *(1,) * (x.dim() - 2))

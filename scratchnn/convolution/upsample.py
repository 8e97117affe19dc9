"""Upsample: each pixel repeated, so that an image becomes larger."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError
from scratchnn.module import Module
from scratchnn.saved import outline

PLANE = 2
Sizes = int | tuple[int, ...]
Factors = float | tuple[float, ...]


class Upsample(Module):
    """Nearest neighbour  y[i] = x[⌊i / s⌋]  along each of the last axes.

    Shapes   x (N, C, L) or (N, C, H, W) or (N, C, D, H, W)  ->  y of the given size, or s times it
    VJP      x̄[j] = Σ ȳ[i] over all i that were copied from j
    Raises   ArgumentError unless exactly one of size and scale_factor is given, or for a mode other
             than 'nearest'; ShapeError if x has other axes
    Source   torch.nn.Upsample

    Where each pixel comes from is computed as torch does it: in float32, for in more digits ⌊i / s⌋
    is another pixel for some factors; and for two axes from the sizes alone, where one is as long
    as before or twice as long, whatever the factor. Where a size stays under a factor that is no
    whole number, torch's own backward contradicts its forward; this one does not.

    >>> import torch
    >>> upsample = Upsample(scale_factor=2)
    >>> upsample(torch.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    >>> upsample.backward(torch.tensor([[[1.0, 10.0, 100.0, 1000.0]]]))
    tensor([[[  11., 1100.]]])
    """

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: Factors | None = None,
        mode: str = "nearest",
    ) -> None:
        if (size is None) == (scale_factor is None):
            raise ArgumentError("Upsample: expected either size or scale_factor")
        if mode != "nearest":
            raise ArgumentError(f"Upsample(mode={mode!r}): expected 'nearest'")
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        """Return x with each pixel repeated."""
        if x.dim() not in (3, 4, 5):
            raise ShapeError(
                f"the input of Upsample is {tuple(x.shape)}, expected (N, C) and one to three axes"
            )
        y = x
        for axis, sources in self._sources(x):
            y = y.index_select(axis, sources)
        self.save(outline(x), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return the sum of what arrives at the copies of each pixel."""
        (x,) = self.saved(grad_output)
        grad = grad_output
        for axis, sources in self._sources(x):
            shape = list(grad.shape)
            shape[axis] = x.shape[axis]
            grad = grad.new_zeros(shape).index_add_(axis, sources, grad)
        return grad

    def _sources(self, x: Tensor) -> list[tuple[int, Tensor]]:
        """Return, for each axis, the pixel that each pixel of the output is a copy of."""
        axes = x.dim() - 2
        given: Any = self.size if self.size is not None else self.scale_factor
        each = given if isinstance(given, tuple) else (given,) * axes
        if len(each) != axes:
            raise ShapeError(f"{self!r} was given {tuple(x.shape)}, which has {axes} such axes")
        sources = []
        for axis, wanted in enumerate(each, start=2):
            old = x.shape[axis]
            if self.size is not None:
                new, step = int(wanted), old / wanted
            else:
                new, step = math.floor(old * wanted), 1 / wanted
            if axes == PLANE and new in (old, 2 * old):
                step = old / new
            place = torch.arange(new, dtype=torch.float32, device=x.device)
            place = (place * torch.tensor(step, dtype=torch.float32)).long()
            sources.append((axis, place.clamp(max=old - 1)))
        return sources

    def extra_repr(self) -> str:
        """Return the settings."""
        asked = (
            f"size={self.size}" if self.size is not None else f"scale_factor={self.scale_factor}"
        )
        return f"{asked}, mode={self.mode!r}"

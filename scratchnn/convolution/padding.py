"""Padding: more pixels around an image, zeros or copies of its own, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError

Sides = tuple[int, int, int, int]
MODES = ("zeros", "reflect", "replicate", "circular")


@dataclass(frozen=True)
class Padding:
    """How many pixels to add to the left, the right, the top and the bottom, and which.

    The transpose of padding with zeros is cropping. Any other mode copies pixels: its transpose
    adds what arrives at the copies to what arrives at the pixel itself.

    Source   torch.nn.functional.pad

    >>> import torch
    >>> image = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    >>> Padding((1, 1, 0, 0), "reflect").around(image)
    tensor([[[[2., 1., 2., 3., 2.]]]])
    >>> Padding((1, 1, 0, 0), "reflect").inside(torch.ones(1, 1, 1, 5))
    tensor([[[[1., 3., 1.]]]])
    """

    sides: Sides
    mode: str = "zeros"

    def __post_init__(self) -> None:
        """Refuse what is no mode."""
        if self.mode not in MODES:
            raise ArgumentError(f"padding_mode={self.mode!r}: expected one of {', '.join(MODES)}")

    def around(self, image: Tensor, value: float = 0.0) -> Tensor:
        """Return the image with its padding; `value` stands for the zeros."""
        if not any(self.sides):
            return image
        zeros = self.mode == "zeros"
        return torch.constant_pad_nd(image, self.sides, value) if zeros else self._copied(image)

    def inside(self, grad: Tensor) -> Tensor:
        """Return the VJP: the gradient of the image, from that of the padded image."""
        if not any(self.sides):
            return grad
        left, right, top, bottom = self.sides
        height, width = grad.shape[-2] - top - bottom, grad.shape[-1] - left - right
        if self.mode == "zeros":
            return grad[..., top : top + height, left : left + width]
        shape = (*grad.shape[:-2], height, width)
        for axis, sources in reversed(self._sources(shape, grad.device)):
            narrow = [*grad.shape]
            narrow[axis] = shape[axis]
            grad = grad.new_zeros(narrow).index_add_(axis, sources, grad)
        return grad

    def _copied(self, image: Tensor) -> Tensor:
        """Return the image with copies of its own pixels around it."""
        for axis, sources in self._sources(image.shape, image.device):
            image = image.index_select(axis, sources)
        return image

    def _sources(self, shape: tuple[int, ...], device: torch.device) -> list[tuple[int, Tensor]]:
        """Return, for both axes, which pixel each padded pixel is a copy of."""
        left, right, top, bottom = self.sides
        sources = []
        for axis, before, after in ((-2, top, bottom), (-1, left, right)):
            size = shape[axis]
            limit = {"reflect": size - 1, "circular": size}.get(self.mode, before + after)
            if max(before, after) > limit:
                raise ShapeError(
                    f"padding by {max(before, after)} with {self.mode!r}: expected at most {limit} "
                    f"for an axis of {size}"
                )
            place = torch.arange(-before, size + after, device=device)
            if self.mode == "circular":
                place = place.remainder(size)
            elif self.mode == "replicate":
                place = place.clamp(0, size - 1)
            else:
                place = (size - 1) - (size - 1 - place.abs()).abs()
            sources.append((axis, place))
        return sources

"""How a pooling window moves: padding, and the last window that ceil_mode adds."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from scratchnn.convolution.padding import Sides
from scratchnn.convolution.windows import Pair, Windows
from scratchnn.errors import ArgumentError, ShapeError


@dataclass(frozen=True)
class Pooling:
    """Windows over a padded image.

    >>> pooling = Pooling(Windows((2, 2), (2, 2), (1, 1)), padding=(0, 0), ceil_mode=True)
    >>> pooling.sides((5, 4))  # one more row, so that the fifth has a window
    (0, 0, 0, 1)
    """

    windows: Windows
    padding: Pair
    ceil_mode: bool

    def __post_init__(self) -> None:
        """Refuse a padding that some window would see nothing beside."""
        for pad, kernel in zip(self.padding, self.windows.kernel, strict=True):
            if 2 * pad > kernel:
                raise ArgumentError(
                    f"padding={self.padding}: expected at most half of the kernel, "
                    f"{self.windows.kernel}, or a window could see padding alone"
                )

    def sides(self, size: Pair) -> Sides:
        """Return how many pixels to add to the left, the right, the top and the bottom."""
        (top, left), (bottom, right) = (
            self.padding,
            (
                pad + self._missing(extent, axis)
                for axis, (extent, pad) in enumerate(zip(size, self.padding, strict=True))
            ),
        )
        return left, right, top, bottom

    def _missing(self, extent: int, axis: int) -> int:
        """Return how much longer an axis must be for one more window, if there is to be one."""
        pad, step, reach = self.padding[axis], self.windows.stride[axis], self.windows.reach[axis]
        left_over = (extent + 2 * pad - reach) % step
        if not self.ceil_mode or left_over == 0:
            return 0
        start = extent + 2 * pad - reach - left_over + step
        # As in torch: a window that would start in the padding behind the image is left out.
        return step - left_over if start < extent + pad else 0


def image_of(x: Tensor, owner: str) -> Tensor:
    """Return x as (N, C, H, W), which has one sample where x has no such axis.

    >>> import torch
    >>> image_of(torch.ones(3, 5, 4), "MaxPool2d").shape
    torch.Size([1, 3, 5, 4])
    """
    if x.dim() not in (3, 4):
        raise ShapeError(
            f"the input of {owner} is {tuple(x.shape)}, expected (N, C, H, W) or (C, H, W)"
        )
    return x.unsqueeze(0) if x.dim() == 3 else x

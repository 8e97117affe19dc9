"""MaxPool2d: the largest pixel of every window."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.convolution.padding import Padding
from scratchnn.convolution.windows import Windows, pair
from scratchnn.module import Module
from scratchnn.pooling.geometry import Pooling, image_of
from scratchnn.saved import outline

Size = int | tuple[int, int]


class MaxPool2d(Module):
    """The largest pixel of every window, channel by channel.

    Shapes   x (N, C, H, W) or (C, H, W)  ->  y (N, C, H', W') or (C, H', W'),
             H' = ⌊(H + 2p - d(k - 1) - 1)/s⌋ + 1, or ⌈…⌉ with ceil_mode
    VJP      x̄ = Σ ȳ of all windows in which the pixel was the largest: windows may overlap
    Raises   ArgumentError for a setting outside its range; ShapeError if x has other axes, or is
             smaller than the window
    Source   torch.nn.MaxPool2d; Ranzato, Huang, Boureau, LeCun (2007), "Unsupervised learning of
             invariant feature hierarchies", CVPR

    Where several are largest, ȳ goes to the first of them, row by row, as in torch: every way to
    share it out is a subgradient. The padding is -∞, which is never the largest.

    >>> import torch
    >>> pool = MaxPool2d(2, stride=1)
    >>> pool(torch.tensor([[[1.0, 2.0, 0.0], [4.0, 3.0, 3.0]]]))
    tensor([[[4., 3.]]])
    >>> pool.backward(torch.tensor([[[1.0, 10.0]]]))
    tensor([[[ 0.,  0.,  0.],
             [ 1., 10.,  0.]]])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        dilation: Size = 1,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode = ceil_mode
        kernel, step = pair("kernel_size", kernel_size, 1), pair("stride", self.stride, 1)
        self._windows = Windows(kernel, step, pair("dilation", dilation, 1))
        self._pooling = Pooling(self._windows, pair("padding", padding, 0), ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        """Return the largest pixel of every window."""
        image = image_of(x, "MaxPool2d")
        padding = Padding(self._pooling.sides((image.shape[-2], image.shape[-1])))
        padded = padding.around(image, -math.inf)
        patches = self._windows.unfold(padded)
        # Kernel last, row by row: `max` then finds the first of equals.
        flat = patches.permute(0, 1, 4, 5, 2, 3).reshape(
            *patches.shape[:2], *patches.shape[4:], math.prod(self._windows.kernel)
        )
        largest, place = flat.max(dim=-1)
        y = largest.reshape(*x.shape[:-2], *largest.shape[-2:])
        self.save(outline(x), outline(padded), place, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return what arrives at each pixel from the windows that it was the largest of."""
        x, padded, place = self.saved(grad_output)
        height, width = padded.shape[-2:]
        pixels = self._pixels(place, width).flatten(2)
        grad = grad_output.new_zeros(*padded.shape[:2], height * width)
        grad.scatter_add_(2, pixels, grad_output.reshape(pixels.shape))
        padding = Padding(self._pooling.sides((x.shape[-2], x.shape[-1])))
        return padding.inside(grad.reshape(padded.shape)).reshape(x.shape)

    def _pixels(self, place: Tensor, width: int) -> Tensor:
        """Return the pixel, counted row by row, at a place within each window."""
        (kh, kw), (sh, sw) = self._windows.kernel, self._windows.stride
        dh, dw = self._windows.dilation
        device = place.device
        rows, columns = torch.arange(kh, device=device) * dh, torch.arange(kw, device=device) * dw
        inside = (rows[:, None] * width + columns).flatten()
        down = torch.arange(place.shape[-2], device=device) * sh
        right = torch.arange(place.shape[-1], device=device) * sw
        return inside[place] + (down[:, None] * width + right)

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )

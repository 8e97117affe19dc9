"""AvgPool2d and AdaptiveAvgPool2d: the mean of every window."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.convolution.padding import Padding, Sides
from scratchnn.convolution.windows import Pair, Windows, pair
from scratchnn.errors import ArgumentError
from scratchnn.module import Module
from scratchnn.pooling.geometry import Pooling, image_of
from scratchnn.saved import outline

Size = int | tuple[int, int]


class AvgPool2d(Module):
    """The mean of every window, channel by channel:  y = Σ x / n.

    Shapes   x (N, C, H, W) or (C, H, W)  ->  y (N, C, H', W') or (C, H', W'),
             H' = ⌊(H + 2p - k)/s⌋ + 1, or ⌈…⌉ with ceil_mode
    VJP      x̄ = Σ ȳ/n over all windows that the pixel lies in
    Raises   ArgumentError for a setting outside its range; ShapeError if x has other axes, or is
             smaller than the window
    Source   torch.nn.AvgPool2d; LeCun, Bottou, Bengio, Haffner (1998), "Gradient-based learning
             applied to document recognition", section II

    n is divisor_override where it is given; else the size of the window, of which padding is a part
    if count_include_pad; the pixels that ceil_mode adds behind the padding never count.

    >>> import torch
    >>> pool = AvgPool2d(2, stride=1)
    >>> pool(torch.tensor([[[1.0, 2.0, 0.0], [4.0, 3.0, 3.0]]]))
    tensor([[[2.5000, 2.0000]]])
    >>> pool.backward(torch.tensor([[[4.0, 40.0]]]))
    tensor([[[ 1., 11., 10.],
             [ 1., 11., 10.]]])
    """

    def __init__(
        self,
        kernel_size: Size,
        stride: Size | None = None,
        padding: Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        if divisor_override == 0:
            raise ArgumentError("AvgPool2d(divisor_override=0): expected another number")
        self.kernel_size, self.padding, self.ceil_mode = kernel_size, padding, ceil_mode
        self.stride = kernel_size if stride is None else stride
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override
        kernel, step = pair("kernel_size", kernel_size, 1), pair("stride", self.stride, 1)
        self._windows = Windows(kernel, step, (1, 1))
        self._pooling = Pooling(self._windows, pair("padding", padding, 0), ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean of every window."""
        image = image_of(x, "AvgPool2d")
        sides = self._pooling.sides((image.shape[-2], image.shape[-1]))
        padded = Padding(sides).around(image)
        mean = self._windows.unfold(padded).sum(dim=(2, 3)) / self._divisor(image, sides)
        y = mean.reshape(*x.shape[:-2], *mean.shape[-2:])
        self.save(outline(x), outline(padded), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return what each pixel gets from the windows that it lies in."""
        x, padded = self.saved(grad_output)
        size = (x.shape[-2], x.shape[-1])
        sides = self._pooling.sides(size)
        share = image_of(grad_output, "AvgPool2d") / self._divisor(x, sides)
        patches = share[:, :, None, None].expand(-1, -1, *self._windows.kernel, -1, -1)
        image = self._windows.fold(patches, (padded.shape[-2], padded.shape[-1]))
        return Padding(sides).inside(image).reshape(x.shape)

    def _divisor(self, image: Tensor, sides: Sides) -> Tensor | int:
        """Return n: one number where all windows have the same, else one for each window."""
        left, right, top, bottom = sides
        high, wide = self._pooling.padding
        if self.divisor_override is not None:
            return self.divisor_override
        if self.count_include_pad:
            counted = Padding((0, right - wide, 0, bottom - high))
            whole = (image.shape[-2] + top + high, image.shape[-1] + left + wide)
        else:
            counted, whole = Padding(sides), (image.shape[-2], image.shape[-1])
        if not any(counted.sides):
            return self._windows.kernel[0] * self._windows.kernel[1]
        ones = counted.around(image.new_ones(1, 1, *whole))
        return self._windows.unfold(ones).sum(dim=(2, 3))

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The means of as many windows as are asked for, whatever the size of the image.

    Shapes   x (N, C, H, W) or (C, H, W)  ->  y (N, C, H', W') or (C, H', W')
    VJP      with y = A x Bᵀ for the matrices of means A (H', H) and B (W', W):  x̄ = Aᵀ ȳ B
    Raises   ArgumentError for a size below 1; ShapeError if x has other axes
    Source   torch.nn.AdaptiveAvgPool2d, whose window i reaches from ⌊i H/H'⌋ to ⌈(i + 1) H/H'⌉

    A None in output_size keeps that axis as it is.

    >>> import torch
    >>> pool = AdaptiveAvgPool2d((1, 2))
    >>> pool(torch.tensor([[[1.0, 2.0, 0.0], [4.0, 3.0, 3.0]]]))
    tensor([[[2.5000, 2.0000]]])
    >>> pool.backward(torch.tensor([[[4.0, 40.0]]]))
    tensor([[[ 1., 11., 10.],
             [ 1., 11., 10.]]])
    """

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        both = output_size if isinstance(output_size, tuple) else (output_size, output_size)
        if any(size is not None and size < 1 for size in both):
            raise ArgumentError(
                f"AdaptiveAvgPool2d({output_size}): expected one or two sizes of at least 1"
            )
        self.output_size = output_size
        self._sizes = both

    def forward(self, x: Tensor) -> Tensor:
        """Return A x Bᵀ."""
        image_of(x, "AdaptiveAvgPool2d")
        rows, columns = self._means(x)
        y = rows @ x @ columns.T
        self.save(outline(x), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return x̄ = Aᵀ ȳ B."""
        (x,) = self.saved(grad_output)
        rows, columns = self._means(x)
        return rows.T @ grad_output @ columns

    def _means(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return A and B."""
        size: Pair = (x.shape[-2], x.shape[-1])
        first, second = (
            means(old, old if new is None else new, x)
            for old, new in zip(size, self._sizes, strict=True)
        )
        return first, second

    def extra_repr(self) -> str:
        """Return the size, as torch prints it."""
        return f"output_size={self.output_size}"


def means(old: int, new: int, like: Tensor) -> Tensor:
    """Return the matrix (new, old) that takes the mean of each window of an axis.

    >>> import torch
    >>> means(3, 2, torch.ones(1))
    tensor([[0.5000, 0.5000, 0.0000],
            [0.0000, 0.5000, 0.5000]])
    """
    window = torch.arange(new, device=like.device)[:, None]
    place = torch.arange(old, device=like.device)
    start, end = window * old // new, -(-(window + 1) * old // new)
    inside = (place >= start) & (place < end)
    return inside.to(like.dtype) / (end - start)

"""Conv1d and Conv2d: one small linear map, applied to every patch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.convolution.padding import Padding, Sides
from scratchnn.convolution.windows import Pair, Windows, pair
from scratchnn.errors import ArgumentError, ShapeError, check_dtype
from scratchnn.module import Module
from scratchnn.parameter import Parameter
from scratchnn.saved import outline

Size = int | tuple[int, ...]


class Conv2d(Module):
    """Cross-correlation  y_o = b_o + Σ_c W_o,c ⋆ x_c,  of every patch of x with the kernel W.

    Shapes   x (N, in, H, W) or (in, H, W),  W (out, in/groups, kh, kw),  b (out,)
             ->  y (N, out, H', W') or (out, H', W'),  H' = ⌊(H + 2p - d(kh - 1) - 1)/s⌋ + 1
    VJP      with the patches of x as columns, P = unfold(x):  Y = W P + b,  and so
             x̄ = fold(Wᵀ Ȳ),   W̄ = Ȳ Pᵀ,   b̄ = Σ ȳ over samples and pixels
    Raises   ArgumentError for a setting outside its range; ShapeError if x has other channels, or
             is smaller than the kernel; DtypeError if x and W differ
    Source   torch.nn.Conv2d; LeCun and others (1989), "Backpropagation applied to handwritten zip
             code recognition", Neural Computation 1; `scratchnn.convolution.windows` for unfold

    As in every framework the kernel is not flipped, so mathematicians call it a correlation. Each
    of `groups` blocks of channels has its own block of W, and sees no other.

    >>> import torch
    >>> layer = Conv2d(3, 8, kernel_size=3, stride=2, padding=1)
    >>> layer(torch.ones(5, 3, 8, 6)).shape
    torch.Size([5, 8, 4, 3])
    >>> layer.backward(torch.ones(5, 8, 4, 3)).shape
    torch.Size([5, 3, 8, 6])
    >>> layer.bias.grad
    tensor([60., 60., 60., 60., 60., 60., 60., 60.])
    """

    axes = 2

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        name = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ArgumentError(
                f"{name}({in_channels}, {out_channels}, groups={groups}): expected both numbers of "
                "channels to be multiples of the groups"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = self._sizes("kernel_size", kernel_size, 1)
        self.stride = self._sizes("stride", stride, 1)
        self.dilation = self._sizes("dilation", dilation, 1)
        self.padding = padding if isinstance(padding, str) else self._sizes("padding", padding, 0)
        self.padding_mode = padding_mode
        self._windows = Windows(*map(_plane, (self.kernel_size, self.stride, self.dilation)))
        self._padding = Padding(self._sides(), padding_mode)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias: Parameter | None = None
        init.kaiming_uniform(self.weight.data)
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
            init.fan_in_uniform(self.bias.data, init.fans(self.weight.data)[0])

    def forward(self, x: Tensor) -> Tensor:
        """Return W P + b for the patches P of x."""
        weight = self.weight.data
        if x.dim() not in (self.axes + 1, self.axes + 2) or (
            x.shape[-self.axes - 1] != self.in_channels
        ):
            raise ShapeError(
                f"the input of {type(self).__name__} is {tuple(x.shape)}, expected (N, "
                f"{self.in_channels}, ...) with {self.axes} more axes, or the same without N"
            )
        check_dtype(f"the input of {type(self).__name__}", x, weight.dtype)
        padded = self._padding.around(_image(x, self.axes))
        patches = self._windows.unfold(padded)
        # Channels and kernel first: then all samples are the columns of a single product.
        kernel = weight.reshape(self.groups, self.out_channels // self.groups, -1)
        shape = (self.groups, kernel.shape[2], _count(patches))
        columns = patches.permute(1, 2, 3, 0, 4, 5).reshape(shape)
        if self.bias is None:
            y = kernel @ columns
        else:
            bias = self.bias.data.reshape(self.groups, -1, 1)
            y = torch.baddbmm(bias, kernel, columns)
        counts = self._windows.counts((padded.shape[2], padded.shape[3]))
        y = y.reshape(self.out_channels, len(padded), *counts).transpose(0, 1)
        y = y.reshape(*x.shape[: -self.axes - 1], self.out_channels, *counts[-self.axes :])
        self.save(columns, weight, outline(x), outline(padded), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add W̄ = Ȳ Pᵀ and b̄ = Σ ȳ, and return x̄ = fold(Wᵀ Ȳ)."""
        columns, weight, x, padded = self.saved(grad_output)
        grad = _image(grad_output, self.axes).transpose(0, 1)
        rows = grad.reshape(self.groups, self.out_channels // self.groups, -1)
        self.weight.accumulate((rows @ columns.transpose(1, 2)).reshape(weight.shape))
        if self.bias is not None:
            self.bias.accumulate(rows.sum(dim=2).reshape(-1))
        kernel = weight.reshape(self.groups, rows.shape[1], -1)
        shape = (self.in_channels, *self._windows.kernel, *grad.shape[1:])
        patches = (kernel.transpose(1, 2) @ rows).reshape(shape).permute(3, 0, 1, 2, 4, 5)
        image = self._windows.fold(patches, (padded.shape[2], padded.shape[3]))
        return self._padding.inside(image).reshape(x.shape)

    def _sizes(self, name: str, value: Size, least: int) -> tuple[int, ...]:
        return pair(name, value, least)

    def _sides(self) -> Sides:
        """Return the padding to the left, the right, the top and the bottom."""
        if self.padding == "same":
            if max(self.stride) > 1:
                raise ArgumentError(f"padding='same': expected a stride of 1, got {self.stride}")
            high, wide = (reach - 1 for reach in self._windows.reach)
            return wide // 2, wide - wide // 2, high // 2, high - high // 2
        if self.padding == "valid":
            return 0, 0, 0, 0
        if isinstance(self.padding, str):
            raise ArgumentError(f"padding={self.padding!r}: expected a number, 'same' or 'valid'")
        *first, wide = self.padding
        high = first[0] if first else 0
        return wide, wide, high, high

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding!r}, dilation={self.dilation}, "
            f"groups={self.groups}, bias={self.bias is not None}"
        )


class Conv1d(Conv2d):
    """Cross-correlation along one axis: a Conv2d over an image one pixel high.

    Shapes   x (N, in, L) or (in, L),  W (out, in/groups, k),  b (out,)
             ->  y (N, out, L') or (out, L'),  L' = ⌊(L + 2p - d(k - 1) - 1)/s⌋ + 1
    VJP      that of Conv2d
    Raises   what Conv2d raises
    Source   torch.nn.Conv1d; Waibel and others (1989), "Phoneme recognition using time-delay
             neural networks", IEEE Transactions on Acoustics, Speech, and Signal Processing 37

    >>> import torch
    >>> layer = Conv1d(3, 8, kernel_size=3, padding=1)
    >>> layer(torch.ones(5, 3, 6)).shape
    torch.Size([5, 8, 6])
    >>> layer.backward(torch.ones(5, 8, 6)).shape
    torch.Size([5, 3, 6])
    """

    axes = 1

    def _sizes(self, name: str, value: Size, least: int) -> tuple[int, ...]:
        single = (value,) if isinstance(value, int) else tuple(value)
        if len(single) != 1 or single[0] < least:
            raise ArgumentError(f"{name}={value}: expected a number of at least {least}")
        return single


def _plane(sizes: tuple[int, ...]) -> Pair:
    """Return a setting of one or two axes as that of two."""
    return (1, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


def _image(x: Tensor, axes: int) -> Tensor:
    """Return x as (N, C, H, W): N and H are 1 where x does not have them."""
    sample = x.shape[-axes - 1 :]
    height = (1,) if axes == 1 else ()
    batch = x.shape[0] if x.dim() > axes + 1 else 1
    return x.reshape(batch, sample[0], *height, *sample[1:])


def _count(patches: Tensor) -> int:
    """Return the number of patches in all samples, which may be 0."""
    return len(patches) * math.prod(patches.shape[-2:])

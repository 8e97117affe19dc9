"""ConvTranspose2d: the transpose of a convolution, which spreads each pixel over a patch."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn import init
from scratchnn.convolution.padding import Padding
from scratchnn.convolution.windows import Pair, Windows, pair
from scratchnn.errors import ArgumentError, ShapeError, check_dtype
from scratchnn.module import Module
from scratchnn.parameter import Parameter
from scratchnn.saved import outline

Size = int | tuple[int, int]


class ConvTranspose2d(Module):
    """Transposed convolution: every pixel of x puts down the kernel W, as often as its value.

    Shapes   x (N, in, H, W) or (in, H, W),  W (in, out/groups, kh, kw),  b (out,)
             ->  y (N, out, H', W') or (out, H', W'),
             H' = (H - 1) s - 2p + d(kh - 1) + output_padding + 1
    VJP      with the pixels of x as columns X:  y = fold(Wᵀ X) + b,  and with Q = unfold(ȳ)
             x̄ = W Q,   W̄ = X Qᵀ,   b̄ = Σ ȳ over samples and pixels
    Raises   ArgumentError for a setting outside its range; ShapeError if x has other channels;
             DtypeError if x and W differ
    Source   torch.nn.ConvTranspose2d; Zeiler, Krishnan, Taylor, Fergus (2010), "Deconvolutional
             networks", CVPR; `scratchnn.convolution.windows` for fold and unfold

    Its forward is the backward of Conv2d, and its backward the forward of Conv2d. Several sizes
    have the same convolution as soon as it strides: output_padding says which of them is meant.

    >>> import torch
    >>> layer = ConvTranspose2d(3, 8, kernel_size=3, stride=2)
    >>> layer(torch.ones(5, 3, 4, 6)).shape
    torch.Size([5, 8, 9, 13])
    >>> layer.backward(torch.ones(5, 8, 9, 13)).shape
    torch.Size([5, 3, 4, 6])
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size = 0,
        output_padding: Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Size = 1,
        padding_mode: str = "zeros",
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ArgumentError(
                f"ConvTranspose2d({in_channels}, {out_channels}, groups={groups}): expected both "
                "numbers of channels to be multiples of the groups"
            )
        if padding_mode != "zeros":
            raise ArgumentError(f"padding_mode={padding_mode!r}: expected 'zeros', as in torch")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair("kernel_size", kernel_size, 1)
        self.stride = pair("stride", stride, 1)
        self.padding = pair("padding", padding, 0)
        self.output_padding = pair("output_padding", output_padding, 0)
        self.dilation = pair("dilation", dilation, 1)
        self.padding_mode = padding_mode
        for extra, step, gap in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(step, gap):
                raise ArgumentError(
                    f"output_padding={output_padding}: expected less than the stride or the "
                    f"dilation, {self.stride} and {self.dilation}"
                )
        self._windows = Windows(self.kernel_size, self.stride, self.dilation)
        high, wide = self.padding
        self._cut = Padding((wide, wide, high, high))
        shape = (in_channels, out_channels // groups, *self.kernel_size)
        self.weight = Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias: Parameter | None = None
        init.kaiming_uniform(self.weight.data)
        if bias:
            self.bias = Parameter(torch.empty(out_channels, device=device, dtype=dtype))
            init.fan_in_uniform(self.bias.data, init.fans(self.weight.data)[0])

    def forward(self, x: Tensor) -> Tensor:
        """Return fold(Wᵀ X) + b."""
        weight = self.weight.data
        if x.dim() not in (3, 4) or x.shape[-3] != self.in_channels:
            raise ShapeError(
                f"the input of ConvTranspose2d is {tuple(x.shape)}, expected "
                f"(N, {self.in_channels}, H, W) or ({self.in_channels}, H, W)"
            )
        check_dtype("the input of ConvTranspose2d", x, weight.dtype)
        image = x.reshape(-1, *x.shape[-3:])
        columns = image.transpose(0, 1).reshape(self.groups, self.in_channels // self.groups, -1)
        kernel = weight.reshape(self.groups, columns.shape[1], -1)
        shape = (self.out_channels, *self.kernel_size, len(image), *image.shape[-2:])
        patches = (kernel.transpose(1, 2) @ columns).reshape(shape).permute(3, 0, 1, 2, 4, 5)
        y = self._cut.inside(self._windows.fold(patches, self._full(image)))
        if self.bias is not None:
            y = y + self.bias.data.reshape(-1, 1, 1)
        y = y.reshape(*x.shape[:-3], *y.shape[-3:])
        if min(y.shape[-2:]) < 1:
            raise ShapeError(f"ConvTranspose2d: the padding of {self.padding} leaves nothing")
        self.save(columns, weight, outline(x), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add W̄ = X Qᵀ and b̄ = Σ ȳ, and return x̄ = W Q with Q = unfold(ȳ)."""
        columns, weight, x = self.saved(grad_output)
        image = grad_output.reshape(-1, *grad_output.shape[-3:])
        if self.bias is not None:
            self.bias.accumulate(image.sum(dim=(0, 2, 3)))
        patches = self._windows.unfold(self._cut.around(image))
        # What output_padding adds may hold one more patch, which no pixel has put down.
        patches = patches[..., : x.shape[-2], : x.shape[-1]]
        pixels = len(image) * math.prod(x.shape[-2:])
        kernel = weight.reshape(self.groups, columns.shape[1], -1)
        rows = patches.permute(1, 2, 3, 0, 4, 5).reshape(self.groups, kernel.shape[2], pixels)
        self.weight.accumulate((columns @ rows.transpose(1, 2)).reshape(weight.shape))
        grad = kernel @ rows
        grad = grad.reshape(self.in_channels, len(image), *x.shape[-2:])
        return grad.transpose(0, 1).reshape(x.shape)

    def _full(self, image: Tensor) -> Pair:
        """Return the size of the output before the padding is cut off."""
        (high, wide), (more_high, more_wide) = self._windows.reach, self.output_padding
        return (
            (image.shape[-2] - 1) * self.stride[0] + high + more_high,
            (image.shape[-1] - 1) * self.stride[1] + wide + more_wide,
        )

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, output_padding={self.output_padding}, "
            f"dilation={self.dilation}, groups={self.groups}, bias={self.bias is not None}"
        )

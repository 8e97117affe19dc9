"""Wrong backwards of convolution, pooling and upsampling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.grad import conv2d_input, conv2d_weight

from tests.causes.mutant import Mutant, drawn, pair

Three = tuple[Tensor, Tensor, Tensor]


def conv(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve with padding 1."""
    return functional.conv2d(x, weight, bias, padding=1)


def right(g: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Three:
    """Return the gradients of `conv`."""
    del bias
    return (
        conv2d_input(x.shape, weight, g, padding=1),
        conv2d_weight(x, weight.shape, g, padding=1),
        g.sum((0, 2, 3)),
    )


def changing(position: int, change: Callable[[Tensor], Tensor]) -> Callable[..., Three]:
    """Return the right gradients, but for one."""

    def backward(*given: Tensor) -> Any:
        found = list(right(*given))
        found[position] = change(found[position])
        return tuple(found)

    return backward


def with_(position: int, formula: Callable[..., Tensor]) -> Callable[..., Three]:
    """Return the right gradients, but for one that has another formula."""

    def backward(*given: Tensor) -> Any:
        found = list(right(*given))
        found[position] = formula(*given)
        return tuple(found)

    return backward


def last_only(g: Tensor) -> Tensor:
    """Keep the cotangent of the last sample."""
    kept = torch.zeros_like(g)
    kept[-1] = g[-1]
    return kept


def without_border(g: Tensor) -> Tensor:
    """Set the outermost pixels to zero."""
    kept = torch.zeros_like(g)
    kept[..., 1:-1, 1:-1] = g[..., 1:-1, 1:-1]
    return kept


def without_odd_channels(g: Tensor) -> Tensor:
    """Set every second channel to zero."""
    kept = g.clone()
    kept[:, 1::2] = 0
    return kept


def max_pool(x: Tensor) -> Tensor:
    """Pool overlapping windows of three."""
    return functional.max_pool2d(x, 3, stride=2)


def windows(x: Tensor, size: int, stride: int) -> Any:
    """Yield each window of the last two axes with its output's place."""
    for i in range((x.shape[-2] - size) // stride + 1):
        for j in range((x.shape[-1] - size) // stride + 1):
            top, left = i * stride, j * stride
            yield i, j, (slice(top, top + size), slice(left, left + size))


def max_overwritten(g: Tensor, x: Tensor) -> Tensor:
    """Assign where overlapping windows should add."""
    found = torch.zeros_like(x)
    for i, j, (rows, columns) in windows(x, 3, 2):
        part = x[:, :, rows, columns]
        hit = part == part.amax((-2, -1), keepdim=True)
        given = g[:, :, i : i + 1, j : j + 1].expand_as(part)
        found[:, :, rows, columns][hit] = given[hit]
    return found


def average_overwritten(g: Tensor, x: Tensor) -> Tensor:
    """Assign where overlapping windows should add."""
    found = torch.zeros_like(x)
    for i, j, (rows, columns) in windows(x, 3, 2):
        found[:, :, rows, columns] = g[:, :, i : i + 1, j : j + 1] / 9
    return found


def average_not_divided(g: Tensor, x: Tensor) -> Tensor:
    """Forget to divide by the size of the window."""
    del x
    return g.repeat_interleave(2, -2).repeat_interleave(2, -1)


def upsample(x: Tensor) -> Tensor:
    """Repeat every pixel twice along both axes."""
    return x.repeat_interleave(2, -2).repeat_interleave(2, -1)


IMAGE = ((2, 3, 6, 5), (4, 3, 3, 3), (4,))
SQUARE = ((2, 3, 6, 5), (3, 3, 3, 3), (3,))
POOLED = ((2, 3, 7, 7),)
HALVED = ((2, 3, 6, 4),)

MUTANTS: tuple[Mutant, ...] = (
    pair(
        "convolution",
        "the kernel is not flipped for the input's gradient",
        "permutation",
        conv,
        with_(0, lambda g, x, w, b: conv2d_input(x.shape, w.flip(2, 3), g, padding=1)),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the channels are not exchanged, which a square kernel allows",
        "transpose",
        conv,
        with_(0, lambda g, x, w, b: conv2d_input(x.shape, w.transpose(0, 1), g, padding=1)),
        drawn(SQUARE),
    ),
    pair(
        "convolution",
        "the bias gets a mean over samples and pixels",
        "factor",
        conv,
        with_(2, lambda g, x, w, b: g.mean((0, 2, 3))),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the bias gets the first sample",
        "batch_reduction",
        conv,
        with_(2, lambda g, x, w, b: g[0].sum((1, 2))),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the kernel gets the last sample",
        "batch_reduction",
        conv,
        with_(1, lambda g, x, w, b: conv2d_weight(x, w.shape, last_only(g), padding=1)),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the padding is cut off twice, so the border gets nothing",
        "slice",
        conv,
        changing(0, without_border),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the kernel's sign is reversed",
        "sign",
        conv,
        changing(1, torch.neg),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the kernel's gradient is divided by the batch",
        "factor",
        conv,
        changing(1, lambda t: t / 2),
        drawn(((2, 3, 6, 5), (4, 3, 3, 3), (4,))),
    ),
    pair(
        "convolution",
        "every second channel of the input gets nothing",
        "slice",
        conv,
        changing(0, without_odd_channels),
        drawn(((2, 5, 6, 4), (4, 5, 3, 3), (4,))),
    ),
    pair(
        "convolution",
        "the kernel's gradient is left at zero",
        "zero",
        conv,
        changing(1, torch.zeros_like),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the kernel's gradient comes out flipped",
        "permutation",
        conv,
        changing(1, lambda t: t.flip(2, 3)),
        drawn(IMAGE),
    ),
    pair(
        "convolution",
        "the kernel's last column is never filled",
        "slice",
        conv,
        changing(1, lambda t: torch.cat([t[..., :-1], torch.zeros_like(t[..., :1])], -1)),
        drawn(IMAGE),
    ),
    pair(
        "pooling",
        "overlapping maxima overwrite",
        "accumulation",
        max_pool,
        max_overwritten,
        drawn(POOLED),
    ),
    pair(
        "pooling",
        "overlapping averages overwrite",
        "accumulation",
        lambda x: functional.avg_pool2d(x, 3, stride=2),
        average_overwritten,
        drawn(POOLED),
    ),
    pair(
        "pooling",
        "the average's gradient is not divided by the window",
        "factor",
        lambda x: functional.avg_pool2d(x, 2),
        average_not_divided,
        drawn(HALVED),
    ),
    pair(
        "pooling",
        "upsampling takes the mean of its copies' gradients",
        "factor",
        upsample,
        lambda g, x: functional.avg_pool2d(g, 2),
        drawn(((2, 3, 3, 2),)),
    ),
    pair(
        "pooling",
        "upsampling takes the gradient of one copy",
        "accumulation",
        upsample,
        lambda g, x: g[:, :, ::2, ::2],
        drawn(((2, 3, 3, 2),)),
    ),
    pair(
        "pooling",
        "the global average is taken for a sum",
        "factor",
        lambda x: x.mean((2, 3)),
        lambda g, x: g[..., None, None].expand_as(x),
        drawn(((2, 3, 5, 4),)),
    ),
)

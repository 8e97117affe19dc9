"""Mutants written after the hypotheses, by somebody who had not read these: two batches.

The first figures of each stand in `board`.  The second batch was asked only once everything that
the first had shown was mended, so that its figures tell how far what was mended reaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tests.causes.functions import function
from tests.causes.mutant import Mutant, drawn, pair, positive

Array = Any
Change = Callable[..., Any]
GRID = ((4, 5),)
AFFINE = ((4, 5), (3, 5), (3,))
BETA, SLOPE = 0.4, 0.25


def true(forward: Callable[..., Tensor], g: Tensor, *inputs: Tensor) -> list[Tensor]:
    """Return the right gradients, from which a mistake is made."""
    leaves = [x.detach().clone().requires_grad_(x.is_floating_point()) for x in inputs]
    wanted = [leaf for leaf in leaves if leaf.requires_grad]
    with torch.enable_grad():
        found = torch.autograd.grad(forward(*leaves), wanted, g, materialize_grads=True)
    rest = iter(found)
    return [next(rest) if leaf.requires_grad else leaf for leaf in leaves]


def wrong(  # noqa: PLR0917 a row of a table
    family: str,
    name: str,
    cause: str,
    forward: Callable[..., Tensor],
    change: Change,
    inputs: Callable[[], tuple[Any, ...]],
) -> Mutant:
    """Make a mutant of the right gradients: ``change(gradients, g, *inputs)`` puts it in."""

    def backward(g: Tensor, *given: Tensor) -> Any:
        found = tuple(change(true(forward, g, *given), g, *given))
        kept = [one if x.is_floating_point() else None for one, x in zip(found, given, strict=True)]
        return tuple(kept) if len(kept) > 1 else kept[0]

    return pair(family, name, cause, forward, backward, inputs)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map affinely."""
    return x @ weight.T + bias


def rms(x: Tensor, weight: Tensor) -> Tensor:
    """Divide by the root of the mean square."""
    return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weight


def rms_without_correction(f: list[Tensor], g: Tensor, x: Tensor, weight: Tensor) -> Any:
    """Take the root for a constant."""
    return g * weight / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt(), f[1]


def lstm_state(gates: Tensor, cell: Tensor) -> Tensor:
    """Step an LSTM's cell from its four gates before they are squashed; return its state."""
    i, f, c, o = gates.chunk(4, -1)
    new = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(c)
    return torch.sigmoid(o) * torch.tanh(new)


def rolling(x: Tensor, inner: Tensor, bias: Tensor) -> Tensor:
    """Run a cell with a bias over the first axis, and return its last state."""
    state = torch.zeros_like(x[0])
    for step in x:
        state = torch.tanh(step + state @ inner + bias)
    return state


def bias_of_first_step(f: list[Tensor], g: Tensor, x: Tensor, inner: Tensor, bias: Tensor) -> Any:
    """Leave in the bias what the loop wrote last, which is what the first step adds."""
    first = torch.zeros_like(x[0])

    def after(b: Tensor) -> Tensor:
        state = torch.tanh(x[0] + first @ inner + b)
        for step in x[1:]:
            state = torch.tanh(step + state @ inner + bias)
        return state

    return f[0], f[1], true(after, g, bias)[0]


def heads(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attend with two heads."""
    one, two = (
        functional.scaled_dot_product_attention(q[:, s], k[:, s], v[:, s])
        for s in (slice(0, 2), slice(2, 4))
    )
    return torch.cat([one, two], -1)


def swapped(x: Tensor) -> Tensor:
    """Exchange the halves of the last axis."""
    return x.roll(x.shape[-1] // 2, -1)


def strided(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve along one axis with stride 2."""
    return functional.conv1d(x, weight, stride=2)


def pooled(x: Tensor) -> Tensor:
    """Take the maximum of each window of 2 × 2."""
    return functional.max_pool2d(x, 2)


def to_first(f: list[Tensor], g: Tensor, x: Tensor) -> Any:
    """Send each gradient to the first of its window."""
    found = torch.zeros_like(x)
    found[..., ::2, ::2] = g
    return (found,)


def labelled(x: Tensor, target: Tensor) -> Tensor:
    """Compare classes, but for those of the label 0."""
    return functional.nll_loss(torch.log_softmax(x, -1), target, ignore_index=0, reduction="sum")


def labels() -> tuple[Any, ...]:
    """Return scores and labels, one of them to be ignored."""
    return (*drawn(((4, 5),))(), torch.tensor([3, 0, 1, 4]))


def ignored_counts(f: list[Tensor], g: Tensor, x: Tensor, target: Tensor) -> Any:
    """Forget that a label is to be ignored."""
    return g * (torch.softmax(x, -1) - functional.one_hot(target, 5)), f[1]


def bags(table: Tensor, index: Tensor) -> Tensor:
    """Look up the mean of each bag."""
    return table[index].mean(1)


def padded_look_up(table: Tensor, index: Tensor) -> Tensor:
    """Look up rows, of which that of the padding does not learn."""
    rows = table[index]
    return torch.where((index == 0)[..., None], rows.detach() * 0, rows)


def indices() -> tuple[Any, ...]:
    """Return a table and indices."""
    return (*drawn(((6, 3),))(), torch.tensor([[1, 4, 0], [5, 0, 2]]))


def padding_learns(f: list[Tensor], g: Tensor, table: Tensor, index: Tensor) -> Any:
    """Give the padding's row what its places get."""
    return true(lambda t: t[index], g, table)[0], f[1]


def hinge(x: Tensor, target: Tensor) -> Tensor:
    """Ask for a margin of one."""
    return (1 - x * torch.sign(target.detach())).clamp(min=0).sum()


def no_margin(f: list[Tensor], g: Tensor, x: Tensor, target: Tensor) -> Any:
    """Stop at zero in the place of the margin."""
    sign = torch.sign(target)
    return -g * sign * (x * sign < 0), f[1]


class Flatten:
    """Unrolled by columns where the forward unrolls by rows."""

    def forward(self, x: Array) -> Array:
        """Return one row for each sample."""
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad.reshape(self.shape[0], self.shape[2], self.shape[1]).transpose(0, 2, 1)


class LayerScale:
    """The scale's gradient is not summed over the samples but averaged."""

    def __init__(self) -> None:
        self.gamma = np.random.default_rng(3).standard_normal(5)
        self.d_gamma = np.zeros(5)

    def parameters(self) -> list[tuple[Array, Array]]:
        """List the scale with its gradient."""
        return [(self.gamma, self.d_gamma)]

    def forward(self, x: Array) -> Array:
        """Return x γ."""
        self.x = x
        return x * self.gamma

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        self.d_gamma = (grad * self.x).mean(0)
        return grad * self.gamma


class Swish:
    """The output's own part is forgotten."""

    def forward(self, x: Array) -> Array:
        """Return x σ(x)."""
        self.x = x
        self.s: Array = 1 / (1 + np.exp(-x))
        return x * self.s

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * self.x * self.s * (1 - self.s)


class Tanh:
    """The output of the first forward is kept for ever."""

    def forward(self, x: Array) -> Array:
        """Return tanh x."""
        y = np.tanh(x)
        if not hasattr(self, "y"):
            self.y: Array = y
        return y

    def backward(self, grad: Array) -> Array:
        """Return the gradient of x."""
        return grad * (1 - self.y**2)


def _numpy(cause: str, target: object, *shape: int) -> Mutant:
    told = (type(target).__doc__ or "").rstrip(".").lower()
    return Mutant(
        f"{type(target).__name__}, later: {told}",
        cause,
        target,
        lambda: (np.random.default_rng(1).standard_normal(shape),),
        "numpy",
    )


FIRST: tuple[Mutant, ...] = (
    wrong(
        "linear, bare",
        "the input's gradient is divided by the number of units",
        "factor",
        linear,
        lambda f, g, x, w, b: (f[0] / len(w), f[1], f[2]),
        drawn(AFFINE),
    ),
    wrong(
        "linear, bare",
        "the weight sees every second sample",
        "batch_reduction",
        linear,
        lambda f, g, x, w, b: (f[0], g[::2].T @ x[::2], f[2]),
        drawn(AFFINE),
    ),
    wrong(
        "elementwise",
        "softsign: without the square",
        "factor",
        functional.softsign,
        lambda f, g, x: (g / (1 + x.abs()),),
        drawn(GRID),
    ),
    wrong(
        "elementwise",
        "relu6: passes above six",
        "branch",
        functional.relu6,
        lambda f, g, x: (g * (x > 0),),
        lambda: (8 * drawn(GRID)()[0],),
    ),
    wrong(
        "losses, bare",
        "hinge: the margin is forgotten",
        "branch",
        hinge,
        no_margin,
        drawn(((4, 5), (4, 5))),
    ),
    wrong(
        "losses, bare",
        "classes: an ignored label counts",
        "slice",
        labelled,
        ignored_counts,
        labels,
    ),
    wrong(
        "convolution",
        "strided: one place too far",
        "permutation",
        strided,
        lambda f, g, x, w: (f[0].roll(1, -1), f[1]),
        drawn(((2, 3, 9), (4, 3, 3))),
    ),
    wrong(
        "pooling",
        "the maximum is taken for the window's first",
        "permutation",
        pooled,
        to_first,
        drawn(((2, 3, 4, 6),)),
    ),
    wrong(
        "normalisation",
        "rms: the root is a constant",
        "missing_term",
        rms,
        rms_without_correction,
        drawn(((4, 6), (6,))),
    ),
    wrong(
        "attention",
        "the heads are exchanged for v",
        "permutation",
        heads,
        lambda f, g, q, k, v: (f[0], f[1], swapped(f[2])),
        drawn(((5, 4), (5, 4), (5, 4))),
    ),
    wrong(
        "recurrence",
        "lstm: the gates' order is f, i",
        "permutation",
        lstm_state,
        lambda f, g, gates, c: (
            torch.cat([f[0][:, 3:6], f[0][:, :3], f[0][:, 6:]], -1),
            f[1],
        ),
        drawn(((4, 12), (4, 3))),
    ),
    wrong(
        "recurrence",
        "the bias keeps one step alone",
        "accumulation",
        rolling,
        bias_of_first_step,
        drawn(((4, 2, 3), (3, 3), (3,))),
    ),
    wrong(
        "embedding",
        "bags: not divided by their size",
        "factor",
        bags,
        lambda f, g, table, index: (3 * f[0], f[1]),
        indices,
    ),
    _numpy("permutation", Flatten(), 3, 2, 5),
    function(
        "product of all: not divided by the element",
        "factor",
        lambda x: x.prod(1),
        lambda g, x: (g * x.prod(1))[:, None].expand_as(x),
        drawn(GRID),
    ),
    function(
        "sorted: not put back",
        "permutation",
        lambda x: x.sort(-1).values,
        lambda g, x: g,
        drawn(GRID),
    ),
)

SECOND: tuple[Mutant, ...] = (
    wrong(
        "linear, bare",
        "the bias gets twice its own",
        "factor",
        linear,
        lambda f, g, x, w, b: (f[0], f[1], 2 * f[2]),
        drawn(AFFINE),
    ),
    wrong(
        "linear, bare",
        "the last input's weights get nothing",
        "slice",
        linear,
        lambda f, g, x, w, b: (f[0], f[1] * (torch.arange(5) < 4), f[2]),
        drawn(AFFINE),
    ),
    wrong(
        "elementwise",
        "softplus: multiplied by its sharpness",
        "factor",
        lambda x: functional.softplus(x, beta=3),
        lambda f, g, x: (3 * f[0],),
        drawn(GRID),
    ),
    wrong(
        "elementwise",
        "glu: the halves are exchanged",
        "permutation",
        functional.glu,
        lambda f, g, x: (swapped(f[0]),),
        drawn(((4, 6),)),
    ),
    wrong(
        "losses, bare",
        "smooth: not divided where it is a square",
        "branch",
        lambda x, t: functional.smooth_l1_loss(x, t, beta=BETA, reduction="sum"),
        lambda f, g, x, t: (
            g * torch.where((x - t).abs() < BETA, x - t, (x - t).sign()),
            f[1],
        ),
        drawn(((4, 5), (4, 5))),
    ),
    wrong(
        "losses, bare",
        "cosine: the part along the input is forgotten",
        "missing_term",
        lambda x, t: functional.cosine_similarity(x, t).sum(),
        lambda f, g, x, t: (
            g * t / (x.norm(dim=-1, keepdim=True) * t.norm(dim=-1, keepdim=True)),
            f[1],
        ),
        drawn(((4, 5), (4, 5))),
    ),
    wrong(
        "convolution",
        "the bias counts the places",
        "ignores_cotangent",
        functional.conv1d,
        lambda f, g, x, w, b: (f[0], f[1], torch.ones_like(b) * g[0, 0].numel() * len(g)),
        drawn(((2, 3, 9), (4, 3, 3), (4,))),
    ),
    wrong(
        "pooling",
        "nearest: each takes its neighbours' copies",
        "permutation",
        lambda x: functional.interpolate(x, scale_factor=2),
        lambda f, g, x: (f[0].roll(1, 2),),
        drawn(((2, 3, 4, 5),)),
    ),
    wrong(
        "normalisation",
        "rms: the weight's gradient is a mean",
        "factor",
        rms,
        lambda f, g, x, w: (f[0], f[1] / len(x)),
        drawn(((4, 6), (6,))),
    ),
    wrong(
        "attention",
        "the scale is applied twice to k",
        "factor",
        heads,
        lambda f, g, q, k, v: (f[0], f[1] / math.sqrt(2), f[2]),
        drawn(((5, 4), (5, 4), (5, 4))),
    ),
    wrong(
        "recurrence",
        "lstm: the forget gate is left out",
        "factor",
        lstm_state,
        lambda f, g, gates, c: (f[0], f[1] / torch.sigmoid(gates[:, 3:6])),
        drawn(((4, 12), (4, 3))),
    ),
    wrong(
        "recurrence",
        "only the last two steps are unrolled",
        "slice",
        rolling,
        lambda f, g, x, w, b: (f[0] * (torch.arange(4) > 1)[:, None, None], f[1], f[2]),
        drawn(((4, 2, 3), (3, 3), (3,))),
    ),
    wrong(
        "embedding",
        "the padding learns",
        "slice",
        padded_look_up,
        padding_learns,
        indices,
    ),
    _numpy("factor", LayerScale(), 4, 5),
    _numpy("missing_term", Swish(), 4, 5),
    _numpy("stale_cache", Tanh(), 4, 5),
    function(
        "variance: divided by one too many",
        "factor",
        lambda x: x.var(1),
        lambda g, x: 2 * g[:, None] * (x - x.mean(1, keepdim=True)) / x.shape[1],
        drawn(GRID),
    ),
    function(
        "angle: the arguments are exchanged",
        "permutation",
        torch.atan2,
        lambda g, y, x: (-g * y / (x * x + y * y), g * x / (x * x + y * y)),
        positive(((4, 5), (4, 5))),
    ),
)

MUTANTS = (*FIRST, *SECOND)

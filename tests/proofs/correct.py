"""Backwards that are right by construction, and inputs that make it hard to see.

The formulas are torch's own functions with the textbook's VJP.  Where a function has a kink the
backward chooses a subgradient, as torch does or otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import torch
from torch import Tensor

import gradcheck
import scratchnn

# Larger arguments than these leave the range of an exponential in float32 and bfloat16, ...
LARGEST_EXPONENT = 64.0
# ... and in float16, which leaves no more room for squares.
LARGEST_EXPONENT_HALF, LARGEST_HALF = 8.0, 64.0
EPSILON = 1e-5  # of the layer normalisation, as in torch


@dataclass(frozen=True)
class Formula:
    """A function and its VJP.

    Attributes:
        forward: ``forward(*inputs) -> y``.
        backward: ``backward(g, *inputs) -> gradients``.
        inputs: How many inputs of the same shape it takes.
        exponential: Whether its arguments must not be large.
        positive: Whether they must be above zero.
        nonzero: Whether they must not be zero.
        axis: Whether they must have one.
        half: Whether it stays inside the range of float16.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: int = 1
    exponential: bool = False
    positive: bool = False
    nonzero: bool = False
    axis: bool = False
    half: bool = True


def _softmax_backward(g: Tensor, x: Tensor) -> Tensor:
    y = torch.softmax(x, -1)
    return y * (g - (g * y).sum(-1, keepdim=True))


def _layer_norm(x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + EPSILON).sqrt()


def _layer_norm_backward(g: Tensor, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    deviation = (centred.square().mean(-1, keepdim=True) + EPSILON).sqrt()
    y = centred / deviation
    return (g - g.mean(-1, keepdim=True) - y * (g * y).mean(-1, keepdim=True)) / deviation


def _at_largest(g: Tensor, x: Tensor) -> Tensor:
    """All to the first of the largest, where torch shares among them."""
    return torch.zeros_like(x).scatter(-1, x.argmax(-1, keepdim=True), g.unsqueeze(-1))


def _shared_by_largest(g: Tensor, x: Tensor) -> Tensor:
    largest = (x == x.amax(-1, keepdim=True)).to(x.dtype)
    return g.unsqueeze(-1) * largest / largest.sum(-1, keepdim=True)


def _at_median(g: Tensor, x: Tensor) -> Tensor:
    place = x.median(-1, keepdim=True).indices
    return torch.zeros_like(x).scatter(-1, place, g.unsqueeze(-1))


def _unsorted(g: Tensor, x: Tensor) -> Tensor:
    return torch.zeros_like(x).scatter(-1, x.sort(-1).indices, g)


def _norm_backward(g: Tensor, x: Tensor) -> Tensor:
    size = torch.linalg.vector_norm(x)
    return torch.zeros_like(x) if size == 0 else g * x / size


def _hinge_backward(g: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    active = g * (x * y < 1).to(x.dtype) / x.numel()
    return -active * y, -active * x


def _maximum_backward(g: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    share = (x > y).to(x.dtype) + 0.5 * (x == y).to(x.dtype)
    return g * share, g * (1 - share)


def _distance_backward(g: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    sign = g * torch.sign(x - y)
    return sign, -sign


def _cross_entropy_backward(g: Tensor, x: Tensor) -> Tensor:
    gradient = torch.softmax(x, -1)
    gradient[..., 0] -= 1
    return g.unsqueeze(-1) * gradient


FORMULAS: dict[str, Formula] = {
    "bell": Formula(lambda x: torch.exp(-x * x), lambda g, x: -2 * g * x * torch.exp(-x * x)),
    "sin": Formula(torch.sin, lambda g, x: g * torch.cos(x)),
    "one minus cos": Formula(lambda x: 1 - torch.cos(x), lambda g, x: g * torch.sin(x)),
    "exp minus one": Formula(
        lambda x: torch.exp(x) - 1, lambda g, x: g * torch.exp(x), exponential=True
    ),
    "atan": Formula(torch.atan, lambda g, x: g / (1 + x * x)),
    "erf": Formula(torch.erf, lambda g, x: g * torch.exp(-x * x) * (2 / math.sqrt(math.pi))),
    "softplus": Formula(
        lambda x: torch.log(1 + torch.exp(x)), lambda g, x: g * torch.sigmoid(x), exponential=True
    ),
    "square": Formula(torch.square, lambda g, x: 2 * g * x),
    "cube sum": Formula(lambda x: (x**3).sum(), lambda g, x: 3 * g * x**2, half=False),
    "log": Formula(lambda x: (x * x + 1e-12).log(), lambda g, x: 2 * g * x / (x * x + 1e-12)),
    "entropy": Formula(
        lambda x: x * torch.log(x), lambda g, x: g * (torch.log(x) + 1), positive=True
    ),
    "sqrt": Formula(torch.sqrt, lambda g, x: g / (2 * torch.sqrt(x)), positive=True),
    "reciprocal": Formula(lambda x: 1 / x, lambda g, x: -g / (x * x), nonzero=True, half=False),
    "sum": Formula(torch.sum, lambda g, x: g.expand(x.shape)),
    "cumulative sum": Formula(
        lambda x: x.cumsum(-1), lambda g, x: g.flip(-1).cumsum(-1).flip(-1).to(x.dtype), axis=True
    ),
    "variance": Formula(
        lambda x: (x - x.mean(-1, keepdim=True)).square().mean(-1),
        lambda g, x: 2 * g.unsqueeze(-1) * (x - x.mean(-1, keepdim=True)) / x.shape[-1],
        axis=True,
    ),
    "softmax": Formula(lambda x: torch.softmax(x, -1), _softmax_backward, axis=True),
    "logsumexp": Formula(
        lambda x: torch.logsumexp(x, -1),
        lambda g, x: g.unsqueeze(-1) * torch.softmax(x, -1),
        axis=True,
    ),
    "cross entropy": Formula(
        lambda x: torch.logsumexp(x, -1) - x[..., 0], _cross_entropy_backward, axis=True
    ),
    "layer norm": Formula(_layer_norm, _layer_norm_backward, axis=True),
    "abs": Formula(torch.abs, lambda g, x: g * torch.sign(x)),
    "mean abs": Formula(lambda x: x.abs().mean(), lambda g, x: g * torch.sign(x) / x.numel()),
    "leaky relu": Formula(
        lambda x: torch.where(x > 0, x, 0.01 * x), lambda g, x: torch.where(x > 0, g, 0.01 * g)
    ),
    "clamp": Formula(lambda x: x.clamp(-1, 1), lambda g, x: g * (x.abs() <= 1).to(x.dtype)),
    "huber": Formula(
        lambda x: torch.where(x.abs() <= 1, 0.5 * x * x, x.abs() - 0.5),
        lambda g, x: g * x.clamp(-1, 1),
    ),
    "norm": Formula(torch.linalg.vector_norm, _norm_backward),
    "max, first": Formula(lambda x: x.amax(-1), _at_largest, axis=True),
    "max, shared": Formula(lambda x: x.amax(-1), _shared_by_largest, axis=True),
    "median": Formula(lambda x: x.median(-1).values, _at_median, axis=True),
    "sort": Formula(lambda x: x.sort(-1).values, _unsorted, axis=True),
    "product": Formula(torch.mul, lambda g, x, y: (g * y, g * x), inputs=2),
    "dot": Formula(
        lambda x, y: (x * y).sum(-1),
        lambda g, x, y: (g.unsqueeze(-1) * y, g.unsqueeze(-1) * x),
        inputs=2,
        axis=True,
    ),
    "quotient": Formula(
        torch.div, lambda g, x, y: (g / y, -g * x / y / y), inputs=2, nonzero=True, half=False
    ),
    "hinge": Formula(lambda x, y: (1 - x * y).clamp(min=0).mean(), _hinge_backward, inputs=2),
    "maximum": Formula(torch.maximum, _maximum_backward, inputs=2),
    "distance": Formula(lambda x, y: (x - y).abs().sum(), _distance_backward, inputs=2),
    "three inputs": Formula(
        lambda x, y, z: x * y + z, lambda g, x, y, z: (g * y, g * x, g * torch.ones_like(z)), 3
    ),
    "two outputs": Formula(
        lambda x: (torch.sin(x), x * x), lambda g, x: g[0] * torch.cos(x) + 2 * g[1] * x
    ),
    "two by two": Formula(
        lambda x, y: ((x * y).sum(-1), x - y),
        lambda g, x, y: (g[0].unsqueeze(-1) * y + g[1], g[0].unsqueeze(-1) * x - g[1]),
        inputs=2,
        axis=True,
    ),
}


@dataclass(frozen=True)
class Correct:
    """A right backward and the inputs to check it at; printed as one would write it."""

    build: Callable[[], Any]
    inputs: tuple[Tensor, ...]
    words: str

    def __repr__(self) -> str:
        """Name the case so that a failure can be repeated."""
        return self.words


KINDS = (
    "normal",
    "zeros",
    "all zeros",
    "ties",
    "all equal",
    "pairs",
    "outlier",
    "whole",
    "wide",
)
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)


@st.composite
def tensors(draw: st.DrawFn, shape: tuple[int, ...]) -> Tensor:
    """Numbers at any scale from 1e-6 to 1e9: normal, zero, tied, huge, whole, of many sizes."""
    seed = draw(st.integers(0, 2**31))
    draws = torch.Generator().manual_seed(seed)
    values = torch.randn(shape, generator=draws, dtype=torch.float64)
    flat, kind = values.view(-1), draw(st.sampled_from(KINDS))
    if kind == "zeros":
        flat[::3] = 0.0
    elif kind == "all zeros":
        flat[:] = 0.0
    elif kind == "ties":
        flat[::2] = 1.0
    elif kind == "all equal":
        flat[:] = flat[0].clone()
    elif kind == "pairs":
        flat[1::2] = flat[::2][: len(flat) // 2].clone()
    elif kind == "outlier":
        flat[0] = 1e3
    elif kind == "whole":
        return torch.randint(-3, 4, shape, generator=draws).double()
    elif kind == "wide":
        values *= 10.0 ** torch.randint(-6, 7, shape, generator=draws)
    return values * 10.0 ** draw(st.integers(-6, 9))


@st.composite
def correct_cases(draw: st.DrawFn) -> Correct:
    """Any layer or loss of scratchnn, or a plain formula, with shapes and values that fit."""
    kind = draw(st.sampled_from(["linear", "activation", "loss", "network", *FORMULAS]))
    formula = FORMULAS.get(kind)
    least = 1 if kind in {"linear", "network"} or (formula and formula.axis) else 0
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=least, max_size=3)))
    if len(shape) > 1 and draw(st.booleans()):
        shape = (1, *shape[1:])
    dtype, weights = draw(st.sampled_from(DTYPES)), draw(st.integers(0, 2**31))
    count = formula.inputs if formula else 2 if kind == "loss" else 1
    inputs = [draw(tensors(shape)) for _ in range(count)]
    if count > 1 and draw(st.booleans()):  # elements of both that are equal
        inputs[1].view(-1)[::2] = inputs[0].view(-1)[::2]
    if formula:
        dtype = dtype if formula.half or dtype != torch.float16 else torch.float64
        pair = gradcheck.Pair(formula.forward, formula.backward, kind)
        given = tuple(_fit(x, dtype, formula) for x in inputs)
        return _seeded(weights, lambda: pair, given, kind)
    given = tuple(_fit(x, dtype) for x in inputs)
    if kind == "linear":
        options = (shape[-1], draw(st.integers(1, 5)), draw(st.booleans()))
        return _seeded(weights, lambda: scratchnn.Linear(*options), given, f"Linear{options}")
    if kind == "activation":
        layer = draw(st.sampled_from([scratchnn.ReLU, scratchnn.Tanh, scratchnn.Sigmoid]))
        return _seeded(weights, layer, given, layer.__name__)
    if kind == "loss":
        loss = draw(st.sampled_from([scratchnn.MSELoss, scratchnn.L1Loss]))
        reduction = draw(st.sampled_from(["mean", "sum", "none"]))
        name = f"{loss.__name__}({reduction})"
        return _seeded(weights, lambda: loss(reduction=reduction), given, name)
    return _seeded(weights, lambda: _network(shape[-1]), given, "network")


def _fit(x: Tensor, dtype: torch.dtype, formula: Formula | None = None) -> Tensor:
    """The values inside the range of the dtype and the domain of the formula, and rounded."""
    exponential = formula is not None and formula.exponential
    limit = LARGEST_EXPONENT if exponential else math.inf
    if dtype == torch.float16:
        limit = LARGEST_EXPONENT_HALF if exponential else LARGEST_HALF
    x = x.clamp(-limit, limit).to(dtype)
    if formula is not None and formula.positive:
        x = x.abs()
    if formula is not None and (formula.positive or formula.nonzero):
        x = torch.where(x == 0, 1.0, x)
    return x


def _network(width: int) -> scratchnn.Sequential:
    layers = (scratchnn.Linear(width, 4), scratchnn.ReLU(), scratchnn.Linear(4, 3))
    return scratchnn.Sequential(*layers, scratchnn.Tanh(), scratchnn.Linear(3, 2))


def _seeded(seed: int, build: Callable[[], Any], inputs: tuple[Tensor, ...], words: str) -> Correct:
    def seeded() -> Any:
        torch.manual_seed(seed)
        return build()

    values = ", ".join(f"torch.tensor({x.tolist()}, dtype={x.dtype})" for x in inputs)
    return Correct(seeded, inputs, f"{words}, weights {seed}, inputs {values}")

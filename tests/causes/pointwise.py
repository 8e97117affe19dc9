"""Wrong backwards of elementwise functions and of losses, as two plain functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from tests.causes.mutant import Mutant, drawn, pair, positive

GRID = ((4, 5),)
TWO = ((4, 5), (4, 5))
GRIDS, PAIRS = drawn(GRID), drawn(TWO)
SLOPE, TEMPERATURE, KEPT = 0.1, 0.3, 0.8


def each(
    name: str,
    cause: str,
    forward: Callable[..., Tensor],
    backward: Callable[..., Any],
    inputs: Callable[[], tuple[Any, ...]] = GRIDS,
) -> Mutant:
    """Make a mutant of an elementwise function."""
    return pair("elementwise", name, cause, forward, backward, inputs)


def loss(
    name: str,
    cause: str,
    forward: Callable[..., Tensor],
    backward: Callable[..., Any],
    inputs: Callable[[], tuple[Any, ...]] = PAIRS,
) -> Mutant:
    """Make a mutant of a loss of an input and a target."""
    return pair("losses, bare", name, cause, forward, backward, inputs)


def leaky(x: Tensor) -> Tensor:
    """Rectify, with a slope."""
    return torch.where(x > 0, x, SLOPE * x)


def cross_entropy(x: Tensor, target: Tensor) -> Tensor:
    """Compare with probabilities."""
    return -(torch.softmax(target.detach(), -1) * torch.log_softmax(x, -1)).sum() / len(x)


def bce(p: Tensor, target: Tensor) -> Tensor:
    """Compare probabilities."""
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()


def huber(x: Tensor, target: Tensor) -> Tensor:
    """Square near, absolute far."""
    return functional.huber_loss(x, target, reduction="sum")


def squared(x: Tensor, target: Tensor) -> Tensor:
    """Average the squares."""
    return ((x - target) ** 2).mean()


KEEP = torch.tensor([[1.0, 0, 1, 1, 0], [0, 1, 1, 1, 1], [1, 1, 0, 1, 1], [1, 1, 1, 0, 1]]).double()

MUTANTS: tuple[Mutant, ...] = (
    each("leaky: nothing passes where it is negative", "branch", leaky, lambda g, x: g * (x > 0)),
    each("leaky: all passes", "ignores_cotangent", leaky, lambda g, x: g),
    each(
        "leaky: 1 where it is negative and the slope elsewhere",
        "unknown",
        leaky,
        lambda g, x: torch.where(x > 0, SLOPE * g, g),
    ),
    each(
        "elu: e^x - 1 for e^x",
        "branch",
        functional.elu,
        lambda g, x: torch.where(x > 0, g, g * (x.exp() - 1)),
    ),
    each("clamp: passes outside", "ignores_cotangent", lambda x: x.clamp(-1, 1), lambda g, x: g),
    each("hardtanh: bounds of 2", "branch", functional.hardtanh, lambda g, x: g * (x.abs() < 2)),
    each(
        "hardtanh: passes outside, stops inside",
        "branch",
        functional.hardtanh,
        lambda g, x: g * (x.abs() > 1),
    ),
    each("square: the 2 is forgotten", "factor", torch.square, lambda g, x: g * x),
    each("cube: 3x for 3x²", "factor", lambda x: x**3, lambda g, x: 3 * g * x),
    each(
        "root: times for over", "factor", torch.sqrt, lambda g, x: g * x.sqrt() / 2, positive(GRID)
    ),
    each(
        "logarithm: 1/y", "derivative_argument", torch.log, lambda g, x: g / x.log(), positive(GRID)
    ),
    each(
        "exponential: of the output",
        "derivative_argument",
        torch.exp,
        lambda g, x: g * x.exp().exp(),
    ),
    each("sine: the sign of its derivative", "sign", torch.cos, lambda g, x: g * x.sin()),
    each("absolute: 1 everywhere", "ignores_cotangent", torch.abs, lambda g, x: g),
    each(
        "in half precision",
        "low_precision",
        torch.sigmoid,
        lambda g, x: (g.half() * ((y := torch.sigmoid(x).half()) * (1 - y))).double(),
    ),
    each(
        "of a cotangent's sign",
        "nonlinear_cotangent",
        torch.tanh,
        lambda g, x: g.sign() * (1 - x.tanh() ** 2),
    ),
    each(
        "of a normalised cotangent",
        "nonlinear_cotangent",
        torch.tanh,
        lambda g, x: g / g.norm() * (1 - x.tanh() ** 2),
    ),
    each(
        "a constant is added",
        "nonlinear_cotangent",
        torch.tanh,
        lambda g, x: g * (1 - x.tanh() ** 2) + 0.01,
    ),
    each(
        "1 - y² without the square on the one",
        "missing_term",
        torch.tanh,
        lambda g, x: g * (2 - x.tanh() ** 2),
    ),
    each(
        "softplus: 1 - σ",
        "missing_term",
        functional.softplus,
        lambda g, x: g * (1 - torch.sigmoid(x)),
    ),
    each(
        "swish: the second term is forgotten",
        "missing_term",
        functional.silu,
        lambda g, x: g * torch.sigmoid(x),
    ),
    each(
        "gelu: the second term is forgotten",
        "missing_term",
        functional.gelu,
        lambda g, x: g * torch.special.ndtr(x),
    ),
    each("dropout: not scaled", "factor", lambda x: x * KEEP / KEPT, lambda g, x: g * KEEP),
    each(
        "temperature forgotten",
        "factor",
        lambda x: torch.softmax(x / TEMPERATURE, -1),
        lambda g, x: (
            (p := torch.softmax(x / TEMPERATURE, -1)) * (g - (g * p).sum(-1, keepdim=True))
        ),
    ),
    each(
        "last row lost",
        "slice",
        torch.sin,
        lambda g, x: torch.cat([(g * x.cos())[:-1], torch.zeros_like(x[:1])]),
    ),
    each(
        "one element lost",
        "slice",
        torch.sin,
        lambda g, x: (g * x.cos()).index_put(
            (torch.tensor(1), torch.tensor(3)), torch.zeros((), dtype=x.dtype)
        ),
    ),
    each("samples in reverse", "permutation", torch.sin, lambda g, x: (g * x.cos()).flip(0)),
    each(
        "products' factors exchanged",
        "permutation",
        torch.mul,
        lambda g, a, b: (g * a, g * b),
        drawn(TWO),
    ),
    each("a difference taken for a sum", "sign", torch.sub, lambda g, a, b: (g, g), drawn(TWO)),
    each(
        "a quotient without the square",
        "factor",
        torch.div,
        lambda g, a, b: (g / b, -g * a / b),
        positive(TWO),
    ),
    each(
        "a scale that is not summed",
        "batch_reduction",
        lambda x, s: x * s,
        lambda g, x, s: (g * s, g * x),
        drawn(((4, 5), (5,))),
    ),
    loss(
        "cross-entropy: not divided by the batch",
        "factor",
        cross_entropy,
        lambda g, x, t: (g * (torch.softmax(x, -1) - torch.softmax(t, -1)), None),
    ),
    loss(
        "cross-entropy: the sign",
        "sign",
        cross_entropy,
        lambda g, x, t: (g * (torch.softmax(t, -1) - torch.softmax(x, -1)) / len(x), None),
    ),
    loss(
        "cross-entropy: the target is not taken off",
        "missing_term",
        cross_entropy,
        lambda g, x, t: (g * torch.softmax(x, -1) / len(x), None),
    ),
    loss(
        "binary: not divided by p (1 - p)",
        "factor",
        bce,
        lambda g, p, t: (g * (p - t) / p.numel(), None),
        positive(TWO),
    ),
    loss("huber: the square everywhere", "branch", huber, lambda g, x, t: (g * (x - t), None)),
    loss(
        "squared: divided by the batch alone",
        "factor",
        squared,
        lambda g, x, t: (2 * g * (x - t) / len(x), None),
    ),
    loss(
        "squared: ignores the cotangent",
        "ignores_cotangent",
        squared,
        lambda g, x, t: (2 * (x - t) / x.numel(), None),
    ),
    loss(
        "squared: the target gets the input's",
        "sign",
        squared,
        lambda g, x, t: ((d := 2 * g * (x - t) / x.numel()), d),
    ),
    loss(
        "squared: the target is forgotten",
        "missing_term",
        squared,
        lambda g, x, t: (2 * g * x / x.numel(), None),
    ),
)

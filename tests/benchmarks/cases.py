"""What every checker is asked about: the same formulas, backwards and numbers for all of them.

A formula and its backward are written once, for any module of array functions: torch, NumPy,
jax.numpy or autograd.numpy, handed over as `m`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Array = Any
"""A tensor or an array, of whichever library runs the formula."""


@dataclass(frozen=True)
class Case:
    """A forward, a backward, and where to check it.

    Attributes:
        name: For the reader.
        formula: ``formula(m, *leaves) -> y``.
        backward: ``backward(m, g, *leaves) -> gradients``, one for each leaf.
        leaves: In float64.
    """

    name: str
    formula: Callable[..., Array]
    backward: Callable[..., tuple[Array, ...]]
    leaves: tuple[Array, ...]

    @property
    def entries(self) -> int:
        """How many numbers the leaves hold."""
        return sum(leaf.size for leaf in self.leaves)


@dataclass(frozen=True)
class Mistake:
    """What is wrong with the gradient of Linear's weight.

    Attributes:
        leaf: The whole gradient is too large by this part of itself.
        element: One element is too large by this part of itself.
    """

    leaf: float = 0.0
    element: float = 0.0


NO_MISTAKE = Mistake()
ELEMENT = (1, 2)


def linear(
    size: int, batch: int, mistake: Mistake = NO_MISTAKE, *, outputs: int | None = None
) -> Case:
    """Return  y = x Wᵀ + b  of so many features, its weight's gradient perhaps wrong."""
    outputs = outputs or size
    shapes = ((batch, size), (outputs, size), (outputs,))
    factors = np.full(shapes[1], 1 + mistake.leaf)
    factors[ELEMENT] += mistake.element
    backward = partial(_linear_backward, factors)
    return Case(f"Linear {size}→{outputs}, batch {batch}", _linear, backward, normal(*shapes))


def normal(*shapes: tuple[int, ...]) -> tuple[Array, ...]:
    """Draw normal numbers of these shapes, always the same."""
    draws = np.random.default_rng(0)
    return tuple(draws.standard_normal(shape) for shape in shapes)


def _linear(m: Any, x: Array, w: Array, b: Array) -> Array:
    return x @ w.T + b


def _linear_backward(factors: Array, m: Any, g: Array, *leaves: Array) -> Any:
    x, w, _ = leaves
    weight = g.T @ x
    return g @ w, weight * m.asarray(factors, dtype=weight.dtype), g.sum(0)


def _sigmoid(m: Any, x: Array) -> Array:
    return 1 / (1 + m.exp(-x))


def _softmax(m: Any, x: Array) -> Array:
    powers = m.exp(x)
    return powers / powers.sum(-1)[:, None]


def _softmax_backward(m: Any, g: Array, x: Array) -> tuple[Array]:
    y = _softmax(m, x)
    return (y * (g - (g * y).sum(-1)[:, None]),)


def _log_sum_exp(m: Any, x: Array) -> Array:
    return m.log(m.exp(x).sum(-1))


def _squared_error(m: Any, x: Array, target: Array) -> Array:
    return ((x - target) ** 2).mean()


def _squared_error_backward(m: Any, g: Array, x: Array, target: Array) -> tuple[Array, Array]:
    gradient = g * 2 * (x - target) / (x.shape[0] * x.shape[1])
    return gradient, -gradient


def operators() -> tuple[Case, ...]:
    """Return eight right backwards at inputs of the scale of one."""
    (x, y), shape = normal((4, 5), (4, 5)), (4, 5)
    return (
        Case("tanh", lambda m, x: m.tanh(x), lambda m, g, x: (g * (1 - m.tanh(x) ** 2),), (x,)),
        Case(
            "sigmoid",
            _sigmoid,
            lambda m, g, x: (g * _sigmoid(m, x) * (1 - _sigmoid(m, x)),),
            normal(shape),
        ),
        Case("exp", lambda m, x: m.exp(x), lambda m, g, x: (g * m.exp(x),), (x,)),
        Case("product", lambda m, x, y: x * y, lambda m, g, x, y: (g * y, g * x), (x, y)),
        Case("squared error", _squared_error, _squared_error_backward, (x, y)),
        Case("softmax", _softmax, _softmax_backward, (x,)),
        Case(
            "log-sum-exp",
            _log_sum_exp,
            lambda m, g, x: (g[:, None] * _softmax(m, x),),
            (x,),
        ),
        linear(5, 4, outputs=3),
    )

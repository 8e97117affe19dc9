"""Guards: small constants that keep something from zero, and those that are part of a formula."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.foreign.guards import guards


def logarithm(p: Any) -> Any:
    """Of nothing there is none."""
    return -np.log(p + 1e-8)


def method(p: Any) -> Any:
    """Torch's way."""
    return (p + 1e-8).log()


def divisor(x: Any, norm: Any) -> Any:
    """A factor of it."""
    return x / (norm * (norm + 1e-8))


def divisor_handed_on(x: Any) -> Any:
    """What stands between it and the division changes nothing."""
    return 1 / np.nan_to_num(np.exp(x) + 1e-8)


def divisor_by_a_name(x: Any) -> Any:
    """Named first."""
    norm = np.linalg.norm(x) + 1e-8
    return x / norm


def power(x: Any, var: Any) -> Any:
    """A root of it."""
    return x * (var + 1e-8) ** -0.5


def limit(p: Any) -> Any:
    """Nothing below."""
    return np.clip(p, 1e-8, 1 - 1e-8)


def default(p: Any, eps: float = 1e-8) -> Any:
    """As an option."""
    return np.log(p + eps)


def threshold(x: Any) -> Any:
    """A branch of its own."""
    return 0 if abs(x) < 1e-8 else 1 / x


def term(y: Any) -> Any:
    """As large for every y."""
    return 1 - y**2 + 1e-8


def factor(x: Any) -> Any:
    """Small, and of the formula."""
    return x + 1e-8 * np.exp(x)


def dividend(x: Any, norm: Any) -> Any:
    """Nobody divides by it."""
    return (x + 1e-8) / norm


def square(x: Any) -> Any:
    """Zero squared is zero."""
    return (x + 1e-8) ** 2


def term_by_default(y: Any, eps: float = 1e-8) -> Any:
    """An option that is added."""
    return y + eps


def both(p: Any) -> Any:
    """A guard here, and a factor there."""
    return np.log(p + 1e-8) + 1e-8 * p


def is_small(value: float) -> bool:
    """What these tests look at."""
    return 0 < value < 1e-6


@pytest.mark.parametrize(
    "function",
    [
        logarithm,
        method,
        divisor,
        divisor_handed_on,
        divisor_by_a_name,
        power,
        limit,
        default,
        threshold,
    ],
)
def test_what_keeps_something_from_zero_is_a_guard(function: FunctionType) -> None:
    """Wherever no zero may be, under whatever name it comes there."""
    assert guards([function], is_small) == {1e-8}


@pytest.mark.parametrize("function", [term, factor, dividend, square, term_by_default, both])
def test_what_is_part_of_a_formula_is_none(function: FunctionType) -> None:
    """Also where the same number is a guard elsewhere."""
    assert guards([function], is_small) == set()


def test_what_has_no_source_has_no_guard() -> None:
    """Nothing is known of where its constants stand."""
    space: dict[str, Any] = {}
    exec("def f(x):\n    return 1 / (x + 1e-8)", space)  # noqa: S102 a function without a source
    assert guards([space["f"]], is_small) == set()


class Tanh:
    """Its backward adds a millionth of what comes."""

    def forward(self, x: Any) -> Any:
        """Squash."""
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad_output: Any) -> Any:
        """Not right."""
        return grad_output * (1 - self.y**2 + 1e-6)


class Reciprocal:
    """Guarded in its backward alone."""

    def forward(self, x: Any) -> Any:
        """Divide."""
        self.x = x
        return 1 / x

    def backward(self, grad_output: Any) -> Any:
        """Right but for what keeps it from dividing by zero."""
        return -grad_output / (self.x**2 + 1e-9)


@pytest.mark.parametrize(("target", "is_right"), [(Tanh, False), (Reciprocal, True)])
def test_only_a_guard_may_differ(target: type, *, is_right: bool) -> None:
    """With a note that says by how much."""
    result = gradcheck.check(target)
    assert (result.verdict == gradcheck.Verdict.VERIFIED) == is_right
    assert (
        any("is not the same in forward and backward" in note for note in result.notes) == is_right
    )

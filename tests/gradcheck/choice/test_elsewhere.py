"""Further cases: which options take another value, and what is told where they fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

FRAMEWORKS = Path(__file__).parents[2] / "dialects" / "frameworks"
Array = NDArray[np.float64]


class Bend:
    """An option that matters, one that does not, and one that is folded into the gradient."""

    def __init__(self, alpha: float = 1.0, decay: float = 0.0, level: int = 2) -> None:
        self.alpha, self.decay, self.level = alpha, decay, level

    def forward(self, x: Array) -> Array:
        """Bend it at zero."""
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, grad: Array) -> Array:
        """Bend the gradient."""
        return grad * np.where(self.x > 0, 1.0, self.alpha) + self.decay


class OnlyPlain(Bend):
    """Its backward was never written for another alpha."""

    def backward(self, grad: Array) -> Array:
        """Refuse."""
        if self.alpha != 1:
            raise ValueError("alpha is not one")
        return grad


def labels(target: type) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_options_that_change_the_output_take_another_value() -> None:
    """And those that do not, or that mean something else, are left alone."""
    assert labels(Bend) == [
        "input (4, 5)",
        "alpha=0.375, level=3; input (4, 5)",
    ]


class Curved(Bend):
    """No multiple of itself far from zero."""

    def forward(self, x: Array) -> Array:
        """Curve it."""
        y: Array = super().forward(x) + x**2
        return y


def test_far_from_zero_is_looked_at_where_that_is_more_than_a_multiple() -> None:
    """As no multiple of an identity is."""
    assert labels(Curved)[-1] == "input (4, 5) far from zero"


def test_a_backward_that_refuses_an_option_is_told_and_decides_nothing() -> None:
    """Its author may not have meant that."""
    result = gradcheck.check(OnlyPlain)
    assert result.verdict == "verified"
    (name,) = [name for name in result.unverified if name.startswith("case ")]
    assert "alpha=0.375" in name
    assert "alpha is not one" in result.unverified[name]


class Transposed:
    """A backward that works for one sample alone, and for a weight that is square."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.random.randn(n_in, n_out)  # noqa: NPY002 as people write it

    def forward(self, x: Array) -> Array:
        """Multiply."""
        self.x = x
        y: Array = x @ self.W
        return y

    def backward(self, grad: Array) -> Array:
        """Forget a transpose."""
        self.dW = self.x @ grad
        dx: Array = grad @ self.W.T
        return dx


def test_a_backward_that_fails_on_a_batch_and_reaches_no_weight_is_undecided() -> None:
    """What fails is shown; a single sample would have hidden it."""
    result = gradcheck.check(Transposed)
    assert result.verdict == "undecided"
    assert "mismatch" in result.explain()


@pytest.mark.parametrize("convention", ["", "batch_mean"])
def test_a_mean_over_columns_is_that_over_the_batch(convention: str) -> None:
    """It is named, and may be declared."""
    target = f"{FRAMEWORKS / 'plain_functions.py'}:Wronglinear"
    result = gradcheck.check(target, convention=convention)
    assert result.verdict == ("verified" if convention else "refuted")
    if not convention:
        assert all("1/batch size, a mean over" in one.message for one in result.refutations)

"""Constants of a few digits: what they explain is left open, and nothing else is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

import gradcheck

Array = NDArray[np.float64]
ROOT = math.sqrt(2 / math.pi)


class Gelu:
    """x σ(x), by tanh; its slope with every digit."""

    root, cube = ROOT, 0.044715 * ROOT

    def forward(self, x: Array) -> Array:
        """By tanh."""
        self.x = x
        y: Array = 0.5 * x * (1 + np.tanh(ROOT * (x + 0.044715 * x**3)))
        return y

    def backward(self, grad: Array) -> Array:
        """A slope for each element."""
        return grad * self.slope(self.x, self.root, self.cube)

    @staticmethod
    def slope(x: Array, root: float, cube: float) -> Array:
        """The product's rule."""
        bend = np.tanh(root * x + cube * x**3)
        y: Array = 0.5 * (1 + bend) + 0.5 * x * (1 - bend**2) * (root + 3 * cube * x**2)
        return y


class ToSixDigits(Gelu):
    """As it stands in many a file."""

    def backward(self, grad: Array) -> Array:
        """With constants that somebody has typed in."""
        return grad * self.slope(self.x, 0.797885, 0.0356774)


class Mistyped(Gelu):
    """One digit is another."""

    def backward(self, grad: Array) -> Array:
        """Nearly the same."""
        return grad * self.slope(self.x, 0.797865, 0.0356774)


class Slanted(Gelu):
    """Off by as little, and by no constant."""

    def backward(self, grad: Array) -> Array:
        """With every digit, and a millionth more."""
        return super().backward(grad) * (1 + 2.0**-20)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [(Gelu, "verified"), (ToSixDigits, "undecided"), (Mistyped, "refuted"), (Slanted, "refuted")],
)
def test_an_error_that_missing_digits_explain_is_left_open(kind: type[Gelu], verdict: str) -> None:
    """It is no mistake in the formula, and no right gradient."""
    assert gradcheck.check(kind).verdict == verdict


def test_what_explains_it_is_told() -> None:
    """With the constants, and what to do."""
    words = " ".join(gradcheck.check(ToSixDigits).explain().split())
    assert "the digits left out of 0.797885, 0.0356774 would explain: write them in full" in words

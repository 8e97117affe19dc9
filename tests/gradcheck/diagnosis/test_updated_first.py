"""A backward that updates its weights before it goes through them is told so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcheck

Array = np.ndarray[Any, np.dtype[np.float64]]
X = np.random.default_rng(1).standard_normal((4, 5))


class Dense:
    """Its weights are stepped down by its backward."""

    def __init__(self) -> None:
        self.W = np.random.default_rng(0).standard_normal((5, 3))

    def forward(self, x: Array) -> Array:
        """Multiply."""
        self.x = x
        y: Array = x @ self.W
        return y


class InPlace(Dense):
    """The very array is changed."""

    def backward(self, grad: Array, learning_rate: float) -> Array:
        """Step, then multiply."""
        self.W -= learning_rate * self.x.T @ grad
        back: Array = grad @ self.W.T
        return back


class Anew(Dense):
    """Another array takes its place."""

    def backward(self, grad: Array, learning_rate: float) -> Array:
        """Step, then multiply."""
        self.W = self.W - learning_rate * self.x.T @ grad
        back: Array = grad @ self.W.T
        return back


@pytest.mark.parametrize("layer", [InPlace, Anew])
def test_what_is_wrong_is_the_order(layer: type) -> None:
    """The gradient that it claims is right for the weights after the step."""
    result = gradcheck.check(layer(), X)
    first = result.refutations[0]
    assert first.leaf == "input"
    assert first.cause == "mutation"
    assert "updates its weights first" in first.message


def test_the_right_order_is_verified() -> None:
    """It multiplies, and then steps."""

    class Right(Dense):
        def backward(self, grad: Array, learning_rate: float) -> Array:
            back: Array = grad @ self.W.T
            self.W = self.W - learning_rate * self.x.T @ grad
            return back

    assert gradcheck.check(Right(), X).passed

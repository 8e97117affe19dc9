"""A layer whose backward is that of a loss behind it: what is said, and what is not believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.errors import ExerciseError

X = np.random.default_rng(0).standard_normal((4, 5))


class Sigmoid:
    """A layer to derive from: its output is kept."""

    def forward(self, x: Any) -> Any:
        """Keep and return it."""
        self.a = 1 / (1 + np.exp(-x))
        return self.a


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (lambda y: 1, "the binary cross-entropy (sum)"),
        (len, "the binary cross-entropy (mean over the samples)"),
        (np.size, "the binary cross-entropy (mean over all elements)"),
    ],
)
def test_the_loss_that_was_inferred_is_named(count: Callable[[Any], int], said: str) -> None:
    """Nothing in the code says which it is: the numbers do."""

    class Output(Sigmoid):
        def backward(self, y: Any) -> Any:
            return (self.a - y) / count(y)

    result = gradcheck.check(Output(), X)
    assert result.passed
    assert f"the gradient of {said} behind the layer" in " ".join(result.explain().split())


def test_a_squared_error_through_the_activation_is_no_cross_entropy() -> None:
    """The slope of the activation is in its gradient."""

    class Output(Sigmoid):
        def backward(self, y: Any) -> Any:
            return 2 * (self.a - y) * self.a * (1 - self.a)

    result = gradcheck.check(Output(), X)
    assert result.passed
    assert "2 times the half squared error (sum)" in " ".join(result.explain().split())


def test_the_opposite_sign_is_named() -> None:
    """It is proportional to the gradient of a loss, and downhill is uphill."""

    class Output(Sigmoid):
        def backward(self, y: Any) -> Any:
            return y - self.a

    assert gradcheck.check(Output(), X).cause == "sign"


def test_what_is_called_a_gradient_is_never_taken_for_a_target() -> None:
    """Its author says that it is the one of the output."""

    class Output(Sigmoid):
        def backward(self, grad_output: Any) -> Any:
            return self.a - grad_output

    assert gradcheck.check(Output(), X).verdict == "refuted"


def test_the_gradient_of_no_known_loss_is_not_verified() -> None:
    """A target is given: it may be that of any loss, so it is not refuted either."""

    class Output(Sigmoid):
        def backward(self, target: Any) -> Any:
            return (self.a - target) * self.a

    with pytest.raises(ExerciseError, match="wants target, which is no gradient of an output"):
        gradcheck.check(Output(), X)


def test_the_gradients_of_weights_are_those_of_the_loss_too() -> None:
    """One of them is not averaged as the others are."""

    class Output:
        def __init__(self) -> None:
            self.W, self.b = X[:3].T.copy(), np.zeros(3)

        def forward(self, x: Any) -> Any:
            self.x = x
            e = np.exp(x @ self.W + self.b)
            self.a = e / e.sum(axis=1, keepdims=True)
            return self.a

        def backward(self, y: Any) -> Any:
            d = (self.a - y) / len(y)
            self.dW, self.db = self.x.T @ d, d.sum(axis=0) * len(y)
            return d @ self.W.T

    result = gradcheck.check(Output(), X)
    assert {one.leaf: str(one.verdict) for one in result.findings if one.check == "gradient"} == {
        "input": "verified",
        "W": "verified",
        "b": "refuted",
    }

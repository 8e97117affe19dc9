"""A layer whose backward is that of a loss behind it: what is said, and what is not believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
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


class Network:
    """It is told the samples, the targets and its own answer, and nobody says its loss."""

    def __init__(self, n_in: int = 5, n_out: int = 3) -> None:
        self.W = np.random.default_rng(1).standard_normal((n_in, n_out))

    def forward(self, x: Any) -> Any:
        """Some positive numbers."""
        return (x @ self.W) ** 2 + 1

    def backward(self, x: Any, y: Any, output: Any) -> None:
        """The gradient of ∑ log cosh(output - y)."""
        self.dW = x.T @ (np.tanh(output - y) * 2 * (x @ self.W))


def test_a_network_whose_loss_nobody_says_is_not_judged() -> None:
    """Its target is no cotangent: it may be right for whatever loss its author means."""
    with pytest.raises(ExerciseError, match=r"wants x, y, output, which is no gradient"):
        gradcheck.check(Network(), X)


def test_a_network_is_judged_by_the_loss_that_it_says() -> None:
    """It is given the targets and the output, by their names."""

    class Told(Network):
        def loss(self, y: Any, output: Any) -> Any:
            return np.sum(np.log(np.cosh(output - y)))

    class Halved(Told):
        def backward(self, x: Any, y: Any, output: Any) -> None:
            super().backward(x, y, output)
            self.dW = self.dW / 2

    assert gradcheck.check(Told(), X).passed
    assert gradcheck.check(Halved(), X).cause == "factor"


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


def test_what_is_no_gradient_of_any_loss_is_refuted() -> None:
    """The derivative of a gradient is symmetric, whatever it is the gradient of."""

    class Output:
        def forward(self, x: Any) -> Any:
            e = np.exp(x)
            self.a = e / e.sum(axis=1, keepdims=True)
            return self.a

        def backward(self, y: Any) -> Any:
            return (self.a - y) * self.a

    assert gradcheck.check(Output(), X).verdict == "refuted"


def test_what_is_linear_in_its_argument_is_given_a_cotangent() -> None:
    """Whatever that is called: such a backward is a layer's, and wrong."""

    class Output(Sigmoid):
        def backward(self, y: Any) -> Any:
            return y * self.a

    assert gradcheck.check(Output(), X).verdict == "refuted"


@pytest.mark.parametrize("penalty", [1.0, 1e-3])
@pytest.mark.parametrize("hands_on", [False, True])
def test_a_penalty_that_nobody_has_told_is_not_refuted(penalty: float, hands_on: bool) -> None:
    """All gradients together are that of some loss, and nearly that of a usual one."""

    class Alone:
        def __init__(self) -> None:
            self.W = X[:3].T.copy()

        def forward(self, x: Any) -> Any:
            self.x, self.out = x, x @ self.W
            return self.out

        def backward(self, y: Any) -> Any:
            self.dW = self.x.T @ (self.out - y) + penalty * self.W

    class Onwards(Alone):
        def backward(self, y: Any) -> Any:
            super().backward(y)
            return (self.out - y) @ self.W.T

    with pytest.raises(ExerciseError, match="neither its class nor its file says which"):
        gradcheck.check(Onwards() if hands_on else Alone(), X)


def test_a_gradient_of_another_size_than_its_weight_is_not_open() -> None:
    """That of the scale is one number, and no loss has such a one."""

    class Output(Sigmoid):
        def __init__(self) -> None:
            self.scale = np.ones(5)

        def forward(self, x: Any) -> Any:
            self.x = x
            return super().forward(x * self.scale)

        def backward(self, y: Any) -> Any:
            d = self.a - y
            self.dscale = (d * self.x).sum(axis=0, keepdims=True).sum(axis=1)
            return d * self.scale

    result = gradcheck.check(Output(), X)
    assert result.verdict != "verified"
    assert "the binary cross-entropy (sum)" in " ".join(result.explain().split())


class Told(Sigmoid):
    """A layer with two methods that may tell its loss: the one is its square root."""

    def root_mean_squared_error(self, y: Any) -> Any:
        """Told to a reader."""
        return np.sqrt(np.mean((self.a - y) ** 2))

    def wrong_ones_error(self, y: Any) -> Any:
        """The same: it has no slope."""
        return np.mean((self.a > 1 / 2) != (y > 1 / 2))

    def backward(self, y: Any) -> Any:
        """That of half the squares."""
        return (self.a - y) * self.a * (1 - self.a)


def test_a_number_that_is_told_to_a_reader_is_not_taken_for_the_loss() -> None:
    """A root is parallel to its square, by another number at each point; a count has no slope."""
    result = gradcheck.check(Told(), X)
    assert result.passed
    assert "half squared error (sum)" in " ".join(result.explain().split())


_FILE = """
def mean_squared_error(a, y):
    return ((a - y) ** 2).mean()

class Output:
    def forward(self, x):
        self.a = x.tanh()
        return self.a
    def backward(self, y):
        return {factor} * (self.a - y) * (1 - self.a**2) / y.numel()
"""


def test_a_function_of_the_file_goes_before_what_is_usual(tmp_path: Path) -> None:
    """Twice the difference is that of no half of the squares."""
    path = tmp_path / "whole.py"
    path.write_text(_FILE.format(factor=2), encoding="utf-8")
    result = gradcheck.check(f"{path}:Output")
    assert result.verdict == "verified"
    assert "mean_squared_error of its file" in " ".join(result.explain().split())


def test_a_multiple_of_what_a_function_of_the_file_has_is_left_open(tmp_path: Path) -> None:
    """Half the squares are usual, and what is told to a reader may be all of them."""
    path = tmp_path / "half.py"
    path.write_text(_FILE.format(factor=1), encoding="utf-8")
    with pytest.raises(gradcheck.ExerciseError, match="mean_squared_error of its file"):
        gradcheck.check(f"{path}:Output")

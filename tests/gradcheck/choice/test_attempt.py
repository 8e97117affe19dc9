"""How far a spec comes, and which of two is better."""

from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import BUILT, GOOD, NOTHING, PULLS, SIZED, Attempt, attempt


class Unsummed:
    """A bias's gradient has a row for each sample."""

    def __init__(self) -> None:
        self.weight, self.bias = np.ones((5, 3)), np.ones(3)

    def forward(self, x: Any) -> Any:
        """Apply both."""
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, g: Any) -> Any:
        """Sum one, and not the other."""
        self.dweight, self.dbias = self.x.T @ g, g
        return g @ self.weight.T


class Flat(Unsummed):
    """Its gradient is flat."""

    def backward(self, g: Any) -> Any:
        """All of it, in one row."""
        return super().backward(g).reshape(-1)


class Refuses(Unsummed):
    """Its backward is not there yet."""

    def backward(self, g: Any) -> Any:
        """Raise."""
        raise ValueError(g.shape)


class Dead(Unsummed):
    """Nothing comes through."""

    def forward(self, x: Any) -> Any:
        """Forget the input."""
        return np.zeros(x.shape)


def none(name: str) -> Any:
    """Find no sibling."""
    raise LookupError(name)


@pytest.mark.parametrize(
    ("kind", "reach"), [(Unsummed, GOOD), (Flat, SIZED), (Refuses, 2), (Dead, BUILT)]
)
def test_an_attempt_reaches_as_far_as_its_target(kind: type, reach: int) -> None:
    """A gradient that is left unsummed is one to be refuted, not one to be avoided."""
    assert attempt(kind, Spec({}, ((4, 5),), arrays=True), none).reach == reach


def test_what_cannot_be_built_reaches_nothing() -> None:
    """It says why."""
    failed = attempt(Unsummed, Spec({"size": 3}, ((4, 5),)), none)
    assert failed.reach == NOTHING
    assert "size" in failed.error


def test_an_attempt_that_leaves_a_gradient_out_is_not_better() -> None:
    """It would verify a layer by not looking at what is wrong in it."""
    whole, part = Attempt(Spec(), PULLS, covered=3), Attempt(Spec(), GOOD, covered=1)
    assert not part.is_better_than(whole)
    assert Attempt(Spec(), GOOD, covered=3).is_better_than(whole)
    assert part.is_better_than(Attempt(Spec(), BUILT))


class Gains:
    """A row of them, alone: no other weight says that batches are meant."""

    def __init__(self, size: int = 5) -> None:
        self.gamma = np.linspace(0.5, 1.5, size)[None]

    def forward(self, x: Any) -> Any:
        """Multiply."""
        self.x = x
        return x * self.gamma

    def backward(self, grad: Any) -> Any:
        """Right for one sample."""
        self.dgamma = self.summed(grad * self.x)
        return grad * self.gamma

    def summed(self, each: Any) -> Any:
        """Not at all."""
        return each


class GainsOfABatch(Gains):
    """Right for all."""

    def summed(self, each: Any) -> Any:
        """Over the batch."""
        return each.sum(axis=0, keepdims=True)


@pytest.mark.parametrize(("kind", "verdict"), [(Gains, "undecided"), (GainsOfABatch, "verified")])
def test_a_gradient_with_a_row_for_each_sample_is_not_hidden_by_a_batch_of_one(
    kind: type, verdict: str
) -> None:
    """Nor refuted: its author may know one sample alone."""
    result = gradcheck.check(kind)
    assert result.verdict == verdict
    assert ("right for one sample" in result.explain()) == (verdict == "undecided")

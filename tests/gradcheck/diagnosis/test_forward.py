"""Whose forward is another function than torch's, and whether that is wrong or a convention."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn

X, TARGET = torch.randn(4, 3), torch.randn(4, 3)


class MSELoss:
    """Somebody's own mean squared error, by default a sum of squares."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def forward(self, x: Tensor, target: Tensor) -> Tensor:
        """Sum the squares."""
        self.difference = x - target
        return self.factor * self.difference.square().sum()

    def backward(self) -> Tensor:
        """Return twice the difference."""
        return 2 * self.factor * self.difference


class Tanh:
    """Somebody's own tanh, a little too steep, with the right gradient of that."""

    def forward(self, x: Tensor) -> Tensor:
        """Squash 1.1 x."""
        self.y = torch.tanh(1.1 * x)
        return self.y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Multiply by the derivative."""
        return grad_output * 1.1 * (1 - self.y**2)


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1.0, "12 times torch's, the number of elements: a sum where torch takes the mean"),
        (0.5, "6 times torch's, half of the number of elements"),
        (1 / 4, "3 times torch's, the elements of one sample"),
        (1 / 3, "4 times torch's, the batch size: a sum over the batch where torch takes the mean"),
        (1 / 24, "0.5 times torch's, one half, as is common before a square"),
        (1.25, "15 times torch's"),
    ],
)
def test_a_reduction_of_its_own_is_a_convention_and_named(factor: float, words: str) -> None:
    """The gradients are right for the loss that is computed, so nothing is refuted."""
    result = gradcheck.check(MSELoss(factor), X, TARGET)
    assert result.verdict == "verified", result.explain()
    assert result.unverified["forward"].startswith("a convention of its own: it is ")
    assert words in result.unverified["forward"]


def test_a_convention_is_wrong_for_whoever_names_the_counterpart() -> None:
    """Then the user has said which function is meant."""
    result = gradcheck.check(MSELoss(), X, TARGET, reference="torch.nn.MSELoss")
    assert result.verdict == "refuted"
    assert result.cause == "wrong_forward"
    assert any("12 times torch's" in finding.message for finding in result.refutations)


def test_a_convention_is_wrong_for_whoever_promises_torchs() -> None:
    """A subclass of scratchnn's loss has torch's reductions."""

    class Summed(scratchnn.MSELoss):
        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            return 12 * super().forward(input, target)

        def backward(self, grad_output: Tensor | None = None) -> Tensor:
            return 12 * super().backward(grad_output)

    result = gradcheck.check(Summed(), X, TARGET)
    assert {finding.cause for finding in result.refutations} == {"wrong_forward"}


def test_another_function_is_wrong_with_a_right_backward() -> None:
    """The culprit is the forward, and the text says that the backward follows it."""
    result = gradcheck.check(Tanh(), X)
    (refuted,) = result.refutations
    assert (refuted.check, refuted.cause) == ("forward", "wrong_forward")
    assert "the backward is right for this forward" in refuted.message


def test_a_forward_that_autograd_cannot_follow_is_decided_by_finite_differences() -> None:
    """It is said that autograd differs, and why it may."""
    through_numpy = gradcheck.Pair(
        lambda x: torch.sin(x) + x.detach() ** 2, lambda g, x: g * (torch.cos(x) + 2 * x)
    )
    (finding,) = gradcheck.check(through_numpy, X).findings[:1]
    assert finding.verdict == "verified"
    assert finding.message == (
        "autograd differs: it cannot see part of this forward (a detach, an in-place change)"
    )


class Dropout(torch.nn.Module):
    """Of torch's name and meaning, with a mask of its own."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Scale what is kept."""
        return x * (torch.rand(x.shape) > self.p) / (1 - self.p)


def test_other_random_numbers_than_torchs_are_no_wrong_forward() -> None:
    """Which of the elements are dropped is nobody's formula."""
    result = gradcheck.check(Dropout(), torch.ones(40, 5))
    assert result.verdict == gradcheck.Verdict.VERIFIED
    assert (
        result.unverified["forward"]
        == "it draws random numbers, and others than torch's counterpart"
    )

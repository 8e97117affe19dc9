"""Evaluation mode: who is asked there, and what a wrong gradient there decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target
from scratchnn import Module

Array = NDArray[np.float64]


class _Tripled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, training: bool) -> Tensor:
        ctx.training = training
        return 3 * x

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads[0] * (3 if ctx.training else 2), None


class Tripled(nn.Module):
    """Its forward is the same in both modes, its backward is not."""

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return _Tripled.apply(x, self.training)


class Modeless(nn.Module):
    """Nothing in it asks for its mode."""

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return _Tripled.apply(x, "always")


class ByAttribute:
    """Set by whoever trains it."""

    def __init__(self) -> None:
        self.training = True

    def forward(self, x: Array) -> Array:
        """Triple it while training."""
        return 3 * x if self.training else x

    def backward(self, grad: Array) -> Array:
        """Think of training alone."""
        return 3 * grad


class ByMethod(ByAttribute):
    """Switched by a method."""

    def eval(self) -> None:
        """Leave training."""
        self.training = False


class ByArgument:
    """Told at each call."""

    def forward(self, x: Array, training: bool = True) -> Array:
        """Triple it while training."""
        return 3 * x if training else x

    def backward(self, grad: Array) -> Array:
        """Think of training alone."""
        return 3 * grad


class RightInBoth(ByMethod):
    """Its backward knows of both modes."""

    def backward(self, grad: Array) -> Array:
        """Do as the forward does."""
        return 3 * grad if self.training else grad


class Halved(Module):
    """A module of scratchnn's kind, under a name of its own: it keeps nothing in evaluation."""

    def __init__(self, factor: float = 0.5) -> None:
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Multiply."""
        y = x * self.factor
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Forget the factor."""
        self.saved(grad_output)
        return grad_output * 0.5


def labels(target: type) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_a_module_of_torch_is_held_to_its_gradient_in_evaluation() -> None:
    """If something in it asks for the mode."""
    assert labels(Tripled)[-1] == "then eval(); input (4, 5)"
    assert gradcheck.check(Tripled).verdict == "refuted"
    assert labels(Modeless) == ["input (4, 5)"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (ByAttribute, "then training = False; input (4, 5)"),
        (ByMethod, "then eval(); input (4, 5)"),
        (ByArgument, "input (4, 5), () False"),
    ],
)
def test_what_is_wrong_in_a_strangers_evaluation_is_told(target: type, said: str) -> None:
    """It decides nothing: many never call a backward there."""
    result = gradcheck.check(target)
    assert result.verdict == "verified"
    assert "3 times the true one" in result.unverified[f"case {said}"]


def test_a_stranger_who_is_right_in_both_modes_is_verified_in_both() -> None:
    """As any other case."""
    result = gradcheck.check(RightInBoth)
    assert result.verdict == "verified"
    assert any(finding.case == "then eval(); input (4, 5)" for finding in result.findings)


def test_a_module_of_scratchnns_kind_is_asked_for_its_options_not_in_evaluation() -> None:
    """There it refuses every backward."""
    assert labels(Halved) == ["input (4, 5)", "factor=0.375; input (4, 5)"]
    assert gradcheck.check(Halved).verdict == "refuted"

"""What a forward may be given, or be left without, is tried both ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

Array = NDArray[np.float64]


class Masked:
    """A multiple, and nothing where a mask hides it."""

    def forward(self, x: Array, mask: Array | None = None) -> Array:
        """Hide some."""
        self.factor = np.full_like(x, 3.0) if mask is None else np.where(mask, 0.0, 3.0)
        return x * self.factor

    def backward(self, grad: Array) -> Array:
        """Hide the same."""
        return grad * self.factor


class WrongMasked(Masked):
    """Its backward has not heard of the mask."""

    def backward(self, grad: Array) -> Array:
        """Hide none."""
        return 3.0 * grad


class Stepped:
    """One step of a recurrent layer, from a first state that may be given."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        draws = np.random.default_rng(0)
        self.hidden_size = hidden_size
        self.W = draws.standard_normal((input_size, hidden_size))
        self.U = draws.standard_normal((hidden_size, hidden_size))

    def forward(self, x: Array, h0: Array | None = None) -> Array:
        """Step once."""
        self.x, self.h0 = x, np.zeros((len(x), self.hidden_size)) if h0 is None else h0
        self.y: Array = np.tanh(x @ self.W + self.h0 @ self.U)
        return self.y

    def backward(self, grad: Array) -> Array:
        """Step back."""
        slope = grad * (1 - self.y**2)
        self.dW, self.dU = self.x.T @ slope, self.h0.T @ slope
        dx: Array = slope @ self.W.T
        return dx


class WrongStepped(Stepped):
    """Its first state is taken for zero."""

    def backward(self, grad: Array) -> Array:
        """Forget the first state."""
        dx = super().backward(grad)
        self.dU = np.zeros_like(self.U)
        return dx


class Affine(Function):
    """With a bias, or without."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """A row for each sample."""
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        y = x @ weight.T
        return y if bias is None else y + bias

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """The gradient of the bias alone depends on whether there is one."""
        (grad,) = grads
        x, weight = ctx.saved_tensors
        return grad @ weight, grad.T @ x, grad.sum(0) if ctx.has_bias else None


class WrongAffine(Affine):
    """Without a bias, it takes a mean."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Divide by the batch where there is no bias."""
        gx, gw, gb = Affine.backward(ctx, *grads)
        return gx, gw if ctx.has_bias else gw / len(grads[0]), gb


@pytest.mark.parametrize(
    ("right", "wrong", "label"),
    [
        (Masked, WrongMasked, "input (4, 5), mask=(4, 5) mask"),
        (Stepped, WrongStepped, "input (4, 5), h0=(4, 3)"),
        (Affine, WrongAffine, "bias=None, x (4, 5), weight (3, 5)"),
    ],
)
def test_a_backward_is_asked_with_and_without_what_may_be_left_out(
    right: type, wrong: type, label: str
) -> None:
    """A mask and a first state are given, a bias is withheld."""
    assert any(case.label.endswith(label) for case in cases_of(Target("right", right)))
    assert gradcheck.check(right).verdict == "verified"
    found = gradcheck.check(wrong)
    assert found.verdict == "refuted"
    assert any(one.case.endswith(label) for one in found.findings if one.verdict == "refuted")


def test_a_first_state_without_gradient_is_named() -> None:
    """Nobody must claim one for what may be left out: it is told."""
    assert gradcheck.check(Stepped).unverified["h0"] == "the backward returns None for it"


class Named:
    """What else may be left out says nothing of what it is."""

    def forward(self, x: Tensor, note: Tensor | None = None) -> Tensor:
        """Twice."""
        return 2 * x if note is None else x + note

    def backward(self, grad: Tensor) -> Tensor:
        """Twice."""
        return 2 * grad


def test_what_no_word_tells_is_not_given() -> None:
    """Its author alone knows what it is."""
    labels = [case.label for case in cases_of(Target("Named", Named))]
    assert labels == ["input (4, 5)"]


class Compared:
    """Wrong where a mask hides an element."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Hide some."""
        self.mask = mask
        return x.masked_fill(mask, 0.0)

    def backward(self, grad: Tensor) -> Tensor:
        """Hide none."""
        return grad


def test_a_mask_of_booleans_is_compared_with_no_input() -> None:
    """Its difference from one is no number."""
    x = torch.randn(3, 4, dtype=torch.float64)
    assert gradcheck.check(Compared(), x, x > 0.1).verdict == "refuted"


class Leaky:
    """A slope that its caller says to both, or to neither."""

    @staticmethod
    def forward(x: Array, alpha: float = 0.2) -> Array:
        """x, or a part of it."""
        return np.where(x > 0, x, alpha * x)

    @staticmethod
    def derivative(x: Array, alpha: float = 0.2) -> Array:
        """Right for the same."""
        return np.where(x > 0, 1.0, alpha)


def test_a_number_that_both_are_told_is_not_given_to_one_of_them() -> None:
    """The other would be refuted for another slope."""
    assert gradcheck.check(Leaky).verdict == "verified"

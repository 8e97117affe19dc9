"""Symmetry: the derivative of a gradient is symmetric, and of what is none it need not be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import gradcheck
from gradcheck import Pair
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.contracts import examine
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.records import SYMMETRY

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64)
A = torch.arange(36, dtype=torch.float64).reshape(6, 6).sin()


def answer(pair: Pair, *inputs: Tensor) -> Answer:
    """What is said of a backward that is taken for right."""
    probe = take(adapt(pair, inputs, {}), (0,))
    return examine(probe, (SYMMETRY,), range(len(inputs)))[SYMMETRY]


def quadratic(backward: Callable[..., Tensor]) -> Pair:
    """xᵀ A x / 2, whose gradient is (A + Aᵀ) x / 2, with another backward."""
    return Pair(lambda x: 0.5 * x @ A @ x, backward)


def test_a_gradient_has_a_symmetric_derivative() -> None:
    """As the first thing that can be said of a Hessian."""
    assert answer(quadratic(lambda g, x: g * (A + A.T) @ x / 2), X) == Kept()


def test_a_field_that_curls_is_no_gradient() -> None:
    """A x is the gradient of nothing, as A is not symmetric."""
    said = answer(quadratic(lambda g, x: g * A @ x), X)
    assert isinstance(said, Broken)
    assert "is not symmetric" in said.message


def test_two_leaves_are_asked_together() -> None:
    """Each block is symmetric by itself; what x does to w̄ is not what w does to x̄."""

    def wrong(g: Tensor, x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        return g * w, 2 * g * x

    assert isinstance(answer(Pair(lambda x, w: x * w, wrong), X, X + 2), Broken)


def test_on_a_kink_nothing_is_said() -> None:
    """The backward jumps there, and a jump has no derivative."""
    relu = Pair(lambda x: x.clamp(min=0) ** 2, lambda g, x: g * (x > 0))
    assert isinstance(answer(relu, torch.zeros(3, dtype=torch.float64)), Waived)


@given(st.integers(-20, 20), st.integers(1, 40))
def test_no_scale_raises_a_false_alarm(exponent: int, size: int) -> None:
    """A gradient is one in every unit."""
    x = torch.linspace(0.25, 1.5, size, dtype=torch.float64) * 2.0**exponent
    pair = Pair(lambda x: x.log().sin(), lambda g, x: g * x.log().cos() / x)
    assert not isinstance(answer(pair, x), Broken)


@pytest.mark.parametrize("order", [1, 2])
def test_it_is_asked_where_a_check_of_second_order_is(order: int) -> None:
    """Else nobody misses it."""
    pair = Pair(lambda x: x**3, lambda g, x: 3 * g * x * x)
    result = gradcheck.check(pair, X, order=order)
    assert result.verdict == gradcheck.Verdict.VERIFIED
    assert (SYMMETRY in {finding.check for finding in result.findings}) == (order == 2)
    assert SYMMETRY not in result.unverified

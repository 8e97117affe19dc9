"""The ways back from the outputs to a leaf: each use of it, and each argument on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor

import gradcheck
from gradcheck import strategies
from gradcheck.diagnosis.uses import stopped, uses_of, with_each_way

GENERATOR = torch.Generator().manual_seed(4)
X = torch.randn(3, 2, 4, generator=GENERATOR, dtype=torch.float64)
W = torch.randn(4, 4, generator=GENERATOR, dtype=torch.float64)
B = torch.randn(4, generator=GENERATOR, dtype=torch.float64)
SQUARE = torch.randn(4, 5, generator=GENERATOR, dtype=torch.float64)


def cell(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Run a cell over the first axis."""
    state = torch.zeros_like(x[0])
    for step in x:
        state = torch.tanh(step + state @ weight.T + bias)
    return state


def residual(x: Tensor) -> Tensor:
    """Add what comes in to what goes out."""
    return x + torch.sin(x)


@given(strategies.tensors((3, 2, 4)))
def test_all_uses_together_are_the_gradient(x: Tensor) -> None:
    """Whatever the values: of a transposed leaf, of a broadcast one, of one used once."""
    values, u = (x, W, B), torch.ones(2, 4, dtype=torch.float64)
    leaves = [value.clone().requires_grad_() for value in values]
    true = torch.autograd.grad(cell(*leaves), leaves, u)
    for position, count in ((1, 3), (2, 3)):
        uses = uses_of(lambda v: (cell(*v),), values, (u,), position)
        assert len(uses) == count
        total = torch.stack([use.contribution for use in uses]).sum(0)
        torch.testing.assert_close(total, true[position], rtol=1e-12, atol=1e-12)


def test_uses_come_in_the_order_of_the_forward() -> None:
    """The last step is the only one that hears the output directly."""
    u = torch.ones(2, 4, dtype=torch.float64)
    uses = uses_of(lambda v: (cell(*v),), (X, 0 * W, B), (u,), 2)
    assert [bool(use.contribution.any()) for use in uses] == [False, False, True]


def test_nothing_is_changed_by_looking() -> None:
    """The ways are cut one at a time, and put back."""
    u = torch.ones(4, 5, dtype=torch.float64)
    ways = with_each_way(stopped, lambda v: (residual(*v),), (SQUARE,), (u,))(0)
    torch.testing.assert_close(ways["argument 1 of Add"], SQUARE.cos())
    torch.testing.assert_close(ways["argument 2 of Add"], u)


def overwriting(g: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Any:
    """Assign in the time loop where it wants to add."""
    return backward(g, x, weight, bias, add=False)


def backward(g: Tensor, x: Tensor, weight: Tensor, bias: Tensor, *, add: bool = True) -> Any:
    """Go back through time."""
    states = [torch.zeros_like(x[0])]
    for step in x:
        states.append(torch.tanh(step + states[-1] @ weight.T + bias))
    d_x, d_weight, d_bias = torch.zeros_like(x), torch.zeros_like(weight), torch.zeros_like(bias)
    for t in reversed(range(len(x))):
        g = g * (1 - states[t + 1] ** 2)
        d_x[t] = g
        d_weight = d_weight + g.T @ states[t]
        d_bias = d_bias + g.sum(0) if add else g.sum(0)
        g = g @ weight
    return d_x, d_weight, d_bias


def test_a_time_loop_that_overwrites_is_named() -> None:
    """The bias holds what the first step adds; the right loop is verified."""
    assert gradcheck.check(gradcheck.Pair(cell, backward), X, W, B, contracts=()).passed
    result = gradcheck.check(gradcheck.Pair(cell, overwriting), X, W, B, contracts=())
    assert [finding.leaf for finding in result.refutations] == ["bias"]
    assert result.cause == "accumulation"
    assert "uses it 3 times" in result.refutations[0].message


@pytest.mark.parametrize(
    ("forward", "wrong", "cause", "words"),
    [
        (residual, lambda g, x: g, "ignores_cotangent", "passed through"),
        (
            lambda x: x.sum(1, keepdim=True) * torch.sin(x),
            lambda g, x: g * x.sum(1, keepdim=True) * x.cos(),
            "missing_term",
            "the same all along axis 1",
        ),
        (
            lambda x: x.sin() * torch.exp(x),
            lambda g, x: g * x.exp() + g * x.cos() * x.exp(),
            "factor",
            "it is not multiplied by the other factor",
        ),
        (torch.cumsum, None, "transpose", "the Jacobian times grad_output"),
    ],
    ids=["residual", "product", "factor", "jacobian"],
)
def test_a_way_that_is_cut_is_named(
    forward: Callable[..., Tensor], wrong: Any, cause: str, words: str
) -> None:
    """In the simplest words that hold."""
    if wrong is None:
        forward, wrong = (lambda x: x.cumsum(1)), (lambda g, x: g.cumsum(1))
    result = gradcheck.check(gradcheck.Pair(forward, wrong), SQUARE, contracts=())
    assert result.cause == cause, result.refutations[0].message
    assert words in result.refutations[0].message


@pytest.mark.parametrize(
    ("wrong", "cause", "words"),
    [
        (lambda g, x, w: (g @ w, g[::2].T @ x[::2]), "batch_reduction", "samples 0, 2 alone"),
        (lambda g, x, w: (g @ w, (g.T @ x)[[1, 2, 0, 3]]), "permutation", "0 holds 1, 1 holds 2"),
    ],
    ids=["samples", "rows"],
)
def test_what_a_weight_hears_of_is_named(wrong: Any, cause: str, words: str) -> None:
    """Some samples, or other rows."""
    pair = gradcheck.Pair(lambda x, w: x @ w.T, wrong)
    result = gradcheck.check(pair, SQUARE[:, :4], W, contracts=())
    assert result.cause == cause, result.refutations[0].message
    assert words in result.refutations[0].message


def test_a_forgotten_square_is_named() -> None:
    """The derivative of x / (1 + |x|) is one over the square of the denominator."""
    pair = gradcheck.Pair(torch.nn.functional.softsign, lambda g, x: g / (1 + x.abs()))
    result = gradcheck.check(pair, SQUARE, contracts=())
    assert "the square root of f'(x)" in result.refutations[0].message

"""Half of a formula that is known by heart is recognised, and so is what has no grad_output."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import gradcheck

X = torch.randn(4, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def squared(x: Tensor, target: Tensor) -> Tensor:
    """Return the mean squared error."""
    return ((x - target) ** 2).mean()


def mish(x: Tensor) -> Tensor:
    """Return x tanh(softplus(x))."""
    return x * torch.nn.functional.softplus(x).tanh()


@pytest.mark.parametrize(
    ("forward", "backward", "words"),
    [
        (mish, lambda g, x: g * mish(x) / x, "the term x h'(x) is absent"),
        (torch.sin, lambda g, x: g * (1 - x.cos()), "1 - f'(x) stands where f'(x) belongs"),
        (torch.sin, lambda g, x: g * x.cos() + 0.01 * x, "just  0.01 × the leaf itself"),
    ],
)
def test_a_formula_is_named(
    forward: Callable[..., Tensor], backward: Callable[..., Tensor], words: str
) -> None:
    """As a missing term, in words that say which."""
    result = gradcheck.check(gradcheck.Pair(forward, backward), X, contracts=())
    assert result.cause == "missing_term"
    assert words in result.refutations[0].message


def test_a_forgotten_target_is_named() -> None:
    """The loss has one grad_output, which multiplies it."""
    pair = gradcheck.Pair(squared, lambda g, x, target: (2 * g * x / x.numel(), None))
    result = gradcheck.check(pair, X, X.flip(0), contracts=())
    assert result.cause == "missing_term"
    assert "0.1 × grad_output × target" in result.refutations[0].message

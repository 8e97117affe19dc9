"""What may be meant is said with the words that declare it, and nowhere else."""

from __future__ import annotations

import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair

X = torch.linspace(-1.2, 1.4, 12, dtype=torch.float64).reshape(4, 3)


def told(pair: Pair) -> str:
    """The message on the gradient."""
    (found,) = [one for one in gradcheck.check(pair, X).refutations if one.check == "gradient"]
    return found.message


def test_a_rounding_that_passes_the_gradient_on_may_be_meant() -> None:
    """Its own derivative is zero."""
    assert 'expect="straight-through"' in told(Pair(torch.round, lambda g, x: g.clone()))


def test_a_derivative_that_was_forgotten_is_not() -> None:
    """There is one to multiply in."""
    assert "expect" not in told(Pair(torch.tanh, lambda g, x: g.clone()))


def test_an_identity_that_reverses_the_gradient_may_be_meant() -> None:
    """Nothing is computed that a sign could be lost in."""
    assert 'expect="reversal"' in told(Pair(Tensor.clone, lambda g, x: -g))


def test_a_sign_that_was_forgotten_is_not() -> None:
    """As that of a cosine."""
    assert "expect" not in told(Pair(torch.cos, lambda g, x: g * x.sin()))


def test_a_slope_of_a_step_may_be_meant() -> None:
    """Its own derivative is zero, and what is claimed is that of something smooth."""
    step = Pair(lambda x: (x > 0).to(x), lambda g, x: g / (1 + x.abs()) ** 2)
    assert 'expect="surrogate"' in told(step)
    assert 'expect="gradient of mylib.smooth"' in told(step)


def test_a_slope_of_what_is_not_flat_is_none() -> None:
    """Where the true gradient is not zero, nothing stands in for it."""
    assert "surrogate" not in told(Pair(torch.tanh, lambda g, x: g / (1 + x.abs()) ** 2))

"""Slopes that rounding hides: an output that stands still is no proof that its gradient is zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair, Verdict

Case = tuple[Callable[[Tensor], Tensor], Callable[[Tensor, Tensor], Tensor]]


def cross_entropy_backward(g: Tensor, x: Tensor) -> Tensor:
    """Of the first class."""
    gradient = torch.softmax(x, -1)
    gradient[..., 0] -= 1
    return g * gradient


CROSS_ENTROPY: Case = (lambda x: torch.logsumexp(x, -1) - x[..., 0], cross_entropy_backward)
RIGHT: dict[str, Case] = {
    "softplus": (lambda x: torch.log(1 + x.exp()), lambda g, x: g * x.sigmoid()),
    "one less sigmoid": (
        lambda x: 1 - torch.sigmoid(-x),
        lambda g, x: g * x.sigmoid() * (-x).sigmoid(),
    ),
    "exp beside a million": (lambda x: (x.exp() + 1e6) - 1e6, lambda g, x: g * x.exp()),
}
WRONG: dict[str, Case] = {
    "relu without its mask": (torch.relu, lambda g, x: g),
    "floor straight through": (torch.floor, lambda g, x: g),
    "round to a quarter": (lambda x: (4 * x).round() / 4, lambda g, x: g),
    "constant": (lambda x: 0 * x + 3, lambda g, x: 1e-6 * g),
}


def verdict(case: Case, x: Any, seed: int) -> Verdict:
    """What finite differences alone say."""
    pair, point = Pair(*case), torch.tensor(x, dtype=torch.float64)
    return gradcheck.check(pair, point, seed=seed, witnesses=("numeric",), contracts=()).verdict


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("below", range(24, 52, 3))
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_below_the_last_bit_is_not_refuted(
    name: str, below: int, seed: int
) -> None:
    """The output moves by steps of 1e-16 and of 1e-10, or not at all."""
    assert verdict(RIGHT[name], [-below - 0.3, -below - 0.7], seed) != Verdict.REFUTED


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("below", range(24, 52, 3))
@pytest.mark.parametrize("largest", [2.0, 64.0, 1e6])
def test_a_saturated_cross_entropy_is_not_refuted(largest: float, below: int, seed: int) -> None:
    """Its logits cancel to 1e-13, which is a few bits of 64."""
    assert verdict(CROSS_ENTROPY, [largest, largest - below - 0.7], seed) != Verdict.REFUTED


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", WRONG)
def test_a_gradient_where_nothing_moves_is_refuted(name: str, seed: int) -> None:
    """Rounding could not hide so large a slope."""
    assert verdict(WRONG[name], [-0.3, -1.7, -2.2], seed) == Verdict.REFUTED


@pytest.mark.parametrize("scale", [1e-3, 1e-6])
def test_a_small_gradient_where_nothing_moves_is_refuted(scale: float) -> None:
    """Small leaves move small outputs, which are not rounded at one as a rule."""
    x = [-0.3 * scale, -1.7 * scale, 0.4 * scale]
    assert verdict(WRONG["relu without its mask"], x, 0) == Verdict.REFUTED

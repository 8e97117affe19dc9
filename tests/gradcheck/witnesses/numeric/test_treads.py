"""Piecewise constant forwards have a slope of zero, and what only rounds has not."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair, Verdict

STEPPED: dict[str, Callable[[Tensor], Tensor]] = {
    "floor": torch.floor,
    "truncated quotient": lambda x: torch.div(x, 0.7, rounding_mode="trunc"),
    "quantised to quarters": lambda x: torch.round(4 * x) / 4,
    "with a smooth part": lambda x: torch.cat([x.floor(), x * 0]),
}
ROUNDED: dict[str, Callable[[Tensor], Tensor]] = {
    "bfloat16": lambda x: x.bfloat16().double(),
    "float16": lambda x: x.half().double(),
    "float32": lambda x: x.float().double(),
    "cancelled in bfloat16": lambda x: (x.bfloat16() - 1).double(),
}


def answer(forward: Callable[[Tensor], Tensor], slope: float) -> str:
    """What finite differences alone say of a constant slope, amid many jumps."""
    x = 5 * torch.randn(20, 20, dtype=torch.float64)
    pair = Pair(forward, lambda g, x: slope * g[: len(x)])
    return gradcheck.check(pair, x, witnesses="numeric", contracts=()).verdict


@pytest.mark.parametrize("name", STEPPED)
def test_between_jumps_the_slope_is_zero(name: str) -> None:
    """Some of 400 elements are always so near to a jump that the longest steps cross it."""
    assert answer(STEPPED[name], 0.0) == Verdict.VERIFIED
    assert answer(STEPPED[name], 1.0) == Verdict.REFUTED


@pytest.mark.parametrize("name", ROUNDED)
def test_short_treads_are_rounding_and_their_slope_is_not_zero(name: str) -> None:
    """A forward that computes in less is not constant, and nobody may claim so."""
    assert answer(ROUNDED[name], 0.0) != Verdict.VERIFIED
    assert answer(ROUNDED[name], 1.0) != Verdict.REFUTED


def test_what_torch_claims_of_its_own_rounding_is_verified() -> None:
    """Where no other witness knows the slope of zero."""
    for function in (torch.floor, torch.ceil, torch.trunc, torch.round):
        x = (5 * torch.randn(20, 20, dtype=torch.float64)).requires_grad_()
        assert gradcheck.check(function, x, contracts=()).verdict == Verdict.VERIFIED


@pytest.mark.parametrize("x", [9.0, 15.409961082440432, 26.0])
def test_a_slope_below_the_last_bit_is_not_refuted(x: float) -> None:
    """An error function far out is one to the last bit, and has a gradient nevertheless."""
    slope = 2 / math.sqrt(math.pi)
    erf = Pair(torch.erf, lambda grad_output, x: grad_output * slope * torch.exp(-x * x))
    point = torch.tensor(x, dtype=torch.float64)
    said = gradcheck.check(erf, point, witnesses=("numeric",), contracts=())
    assert said.verdict == Verdict.VERIFIED, said.explain()


def forwards_of(function: Callable[..., Tensor], *leaves: Tensor) -> int:
    """How often finite differences call it, where torch's own gradient is the claim."""
    asking = [leaf.clone().requires_grad_() for leaf in leaves]
    result = gradcheck.check(function, *asking, contracts=())
    assert result.verdict == Verdict.VERIFIED, result.explain()
    return sum(c.forwards for found in result.findings for c in found.comparisons)


@pytest.mark.parametrize("function", [torch.floor, torch.sign, torch.round, torch.trunc])
def test_steps_cost_few_forwards(function: Callable[[Tensor], Tensor]) -> None:
    """Treads are asked for after the first steps, and no longer direction is tried over them."""
    x = torch.randn(3, 4, dtype=torch.float64)
    assert forwards_of(function, x) <= 80


def test_another_branch_is_not_surveyed() -> None:
    """Far away a minimum is the other number: four forwards tell, where surveys took a hundred."""
    x, y = torch.randn(4, dtype=torch.float64), torch.full((4,), 9.0, dtype=torch.float64)
    assert forwards_of(torch.minimum, x, y) <= 100


@pytest.mark.parametrize("bend", [0.0, 1e-14])
def test_a_slope_that_only_a_long_way_shows_is_found(bend: float) -> None:
    """Nothing near the point moves by 3e-15 x; straight or curved, what lies beyond does."""
    x = torch.randn(5, dtype=torch.float64)
    for claim, verdict in ((0.0, Verdict.REFUTED), (1.0, Verdict.VERIFIED)):
        pair = Pair(
            lambda x: 1.0 + 3e-15 * x + bend * x**3,
            lambda g, x, claim=claim: g * claim * (3e-15 + 3 * bend * x**2),
        )
        said = gradcheck.check(pair, x, witnesses="numeric", contracts=())
        assert said.verdict == verdict, said.explain()

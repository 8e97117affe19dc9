"""One measurement: what counts as agreement, what an error is relative to, what may be missed."""

from __future__ import annotations

import math

import pytest
import torch

from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.measurement import Measurement
from gradcheck.witnesses.numeric.projection import Reading, Slope


def made(
    *, claimed: float, value: float, bar: float, norm: float = 1.0, readings_alike: int = 2
) -> Measurement:
    """A measurement with one leaf."""
    readings = (Reading(value, bar),) * readings_alike
    found = Slope(value, bar, kink=0.0, roundoff=bar, readings=readings)
    return Measurement(claimed, found, rounding=0.0, norms={0: norm}, natural=10.0)


@pytest.mark.parametrize(
    ("claimed", "agrees", "differs"),
    [(1.0, True, False), (1.0009, True, False), (1.0015, False, False), (1.1, False, True)],
)
def test_between_the_bar_and_twice_the_bar_nothing_is_decided(
    claimed: float, agrees: bool, differs: bool
) -> None:
    """Inside the bar a claim agrees, clearly outside it differs, at the edge neither."""
    found = made(claimed=claimed, value=1.0, bar=0.001)
    assert (found.agrees, found.differs) == (agrees, differs)


def test_a_claim_of_nan_never_agrees() -> None:
    """All comparisons with NaN are false, so agreement is asked for, not disagreement."""
    assert not made(claimed=math.nan, value=1.0, bar=0.1).agrees


def test_one_step_size_alone_refutes_nothing() -> None:
    """Chaos looks steady to one size by chance, never to two alike."""
    assert not made(claimed=1.0, value=0.0, bar=1e-3, readings_alike=1).differs
    assert made(claimed=1.0, value=0.0, bar=1e-3, readings_alike=2).differs


@pytest.mark.parametrize("bar", [math.inf, 0.3])
def test_a_blunt_bar_refutes_nothing(bar: float) -> None:
    """Where little is known of the slope nothing differs from it."""
    assert not made(claimed=1e9, value=1.0, bar=bar).differs


def test_a_gradient_below_its_bar_is_judged_on_what_cancels() -> None:
    """A structural zero has no size of its own."""
    assert made(claimed=0.0, value=0.0, bar=1e-14, norm=1e-16).size_of(0) == 10.0
    assert made(claimed=0.0, value=0.0, bar=1e-14, norm=1e-3).size_of(0) == 1e-3


@pytest.mark.parametrize("probability", [0.1, 1e-2, 1e-3, 1e-4])
def test_an_error_of_the_stated_resolution_is_missed_as_rarely_as_stated(
    probability: float,
) -> None:
    """Random errors of just that size stay within twice the bar on all lines at most so often."""
    bar, aim = 1e-3, Aim(miss_probability=probability)
    resolution = made(claimed=0.0, value=0.0, bar=bar).resolution(0, aim)
    generator = torch.Generator().manual_seed(0)
    projected = resolution * torch.randn(400_000, aim.directions, generator=generator)
    missed = (projected.abs() <= 2 * bar).all(dim=1).double().mean()
    assert float(missed) <= 1.3 * probability

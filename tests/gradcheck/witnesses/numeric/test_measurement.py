"""One measurement: what counts as agreement, what an error is relative to, what may be missed."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.pair import Pair
from gradcheck.witnesses.numeric.ladder import Reading, Slope
from gradcheck.witnesses.numeric.measurement import Aim, Measurement, Survey, survey


def made(
    *, claimed: float, value: float, bar: float, norm: float = 1.0, readings_alike: int = 2
) -> Measurement:
    """A measurement with one leaf."""
    readings = (Reading(value, bar),) * readings_alike
    found = Slope(value, bar, kink=0.0, roundoff=bar, readings=readings)
    return Measurement(claimed, found, rounding=0.0, norms={0: norm}, natural=10.0)


def surveyed(probe: Probe, positions: tuple[int, ...]) -> Survey:
    """These leaves, moved together."""
    return survey(probe, probe.draws, positions, Aim())


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


def test_the_leaves_are_moved_together_and_their_claims_added() -> None:
    """For f = x · w the claim along a joint direction is that of both leaves."""
    product = Pair(lambda x, w: x * w, lambda g, x, w: (g * w, g * x))
    x, w = torch.linspace(1, 2, 4), torch.linspace(-1, 3, 4)
    probe = take(adapt(product, (x, w), {}), seeds=(3,))
    surveys = [surveyed(probe, positions) for positions in ((0, 1), (0,), (1,))]
    for both, left, right in zip(*(found.measurements for found in surveys), strict=True):
        assert both.claimed == pytest.approx(left.claimed + right.claimed)
        assert both.agrees
        assert left.agrees
        assert right.agrees


def test_forwards_do_not_grow_with_the_leaf() -> None:
    """A leaf a thousand times larger costs the same number of forwards."""
    cube = Pair(lambda x: x**3, lambda g, x: 3 * x**2 * g)

    def forwards(size: int) -> int:
        probe = take(adapt(cube, (torch.linspace(1, 2, size),), {}), seeds=(1,))
        return surveyed(probe, (0,)).forwards

    assert forwards(50) == forwards(50_000)


def test_every_point_of_the_line_is_a_fresh_tensor() -> None:
    """A forward that writes to its input does not disturb the next evaluation."""

    def forward(x: Tensor) -> Tensor:
        return x.mul_(2)

    probe = take(adapt(Pair(forward, lambda g, x: 2 * g), (torch.ones(3),), {}), seeds=(1,))
    assert all(one.agrees for one in surveyed(probe, (0,)).measurements)


def test_what_is_held_still_does_not_move() -> None:
    """A leaf may be looked at without those of its elements that lie on a kink."""
    seen: list[Tensor] = []

    def forward(x: Tensor) -> Tensor:
        seen.append(x)
        return 2 * x

    probe = take(adapt(Pair(forward, lambda g, x: 2 * g), (torch.ones(3),), {}), seeds=(1,))
    moving = {0: torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)}
    seen.clear()
    survey(probe, probe.draws, (0,), Aim(), moving=moving)
    moved = torch.stack(seen) != probe.values[0]
    assert moved.any(dim=0).tolist() == [True, False, True]

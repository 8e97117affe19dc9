"""Slopes to both sides: what a subgradient may be, and where there is no slope to speak of."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.pair import Pair
from gradcheck.witnesses.numeric.onesided import (
    FEW_SAMPLES,
    STEP,
    TOLERANCE,
    Interval,
    Sides,
    holds_nearer,
    hull,
    interval,
    jumping_outputs,
    sides,
)

ONE = torch.ones(1, dtype=torch.float64)


def number(value: float) -> Tensor:
    """One number in float64."""
    return torch.tensor([value], dtype=torch.float64)


def probe(forward: Callable[..., Tensor], *x: Tensor) -> Probe:
    """A forward at a point; nobody asks for its claims."""
    pair = Pair(forward, lambda g, *x: tuple(torch.zeros_like(one) for one in x))
    return take(adapt(pair, x, {}), seeds=(1,))


def along(x: Tensor, *directions: float) -> dict[int, Tensor]:
    """The line through one leaf in this direction."""
    return {0: torch.tensor(directions, dtype=torch.float64).view_as(x)}


# Two sides.


@pytest.mark.parametrize("v", [1.0, -0.5])
@pytest.mark.parametrize(
    ("forward", "left", "right"),
    [
        (torch.abs, -1.0, 1.0),
        (torch.relu, 0.0, 1.0),
        (lambda x: x.clamp(0, 1), 0.0, 1.0),
        (lambda x: torch.exp(x) + x.abs(), 0.0, 2.0),
    ],
)
def test_the_slopes_to_both_sides_of_zero_are_those_of_the_two_branches(
    forward: Callable[[Tensor], Tensor], left: float, right: float, v: float
) -> None:
    """Along a direction that points to the left the two change places, and sign."""
    x = number(0.0)
    look = sides(probe(forward, x), along(x, v))
    expected = (v * left, v * right) if v > 0 else (v * right, v * left)
    assert (float(look.left), float(look.right)) == pytest.approx(expected, abs=1e-8)
    assert not look.is_unsteady(ONE)


def test_where_there_is_no_kink_both_slopes_are_the_derivative() -> None:
    """With the curvature extrapolated away."""
    x = number(0.7)
    look = sides(probe(torch.exp, x), along(x, 1.0))
    assert float(look.left) == pytest.approx(math.exp(0.7), rel=1e-8)
    assert float(look.right) == pytest.approx(math.exp(0.7), rel=1e-8)


def test_every_output_has_slopes_of_its_own() -> None:
    """One on a kink, one beside it."""
    x = torch.tensor([0.0, 2.0], dtype=torch.float64)
    look = sides(probe(torch.abs, x), along(x, 1.0, 1.0))
    assert (look.right - look.left).tolist() == pytest.approx([2.0, 0.0], abs=1e-8)


def test_a_jump_of_the_function_is_no_slope() -> None:
    """The difference over the step grows without end as the step shrinks."""
    x = number(0.0)
    assert sides(probe(lambda x: (x > 0).to(x.dtype), x), along(x, 1.0)).is_unsteady(ONE)


def test_an_oscillation_is_no_slope() -> None:
    """What two steps say has nothing to do with each other."""
    x = number(0.1)
    look = sides(probe(lambda x: torch.sin(x * 1.7 / STEP), x), along(x, 1.0))
    assert look.is_unsteady(ONE)


def test_a_kink_is_the_same_for_shorter_steps_and_whole_periods_are_not() -> None:
    """A sine stepped over by whole periods has a slope to both sides, and each step another."""
    kink, still = probe(torch.abs, number(0.0)), along(number(0.0), 1.0)
    assert holds_nearer(kink, still, sides(kink, still), ONE)
    period = 2 * math.pi / STEP
    wave = probe(lambda x: torch.sin(period * x) + x, number(0.25))
    line = along(number(0.25), 1.0)
    seen = sides(wave, line)
    assert not seen.is_unsteady(ONE)
    assert not holds_nearer(wave, line, seen, ONE)


def test_a_square_root_at_zero_has_no_slope() -> None:
    """It is infinite: each smaller step gives a larger one."""
    x = number(0.0)
    assert sides(probe(lambda x: x.abs().sqrt(), x), along(x, 1.0)).is_unsteady(ONE)


def test_an_output_that_the_cotangent_leaves_out_makes_nothing_unsteady() -> None:
    """Only what is asked about must have a slope."""
    wild = torch.tensor([0.0, 9.0], dtype=torch.float64)
    look = Sides(left=-torch.ones(2).double(), right=torch.ones(2).double(), unsteady=wild)
    assert not look.is_unsteady(torch.tensor([1.0, 0.0], dtype=torch.float64))
    assert look.is_unsteady(torch.tensor([1.0, 1.0], dtype=torch.float64))


def test_a_slope_of_nan_is_unsteady() -> None:
    """Outside of the domain nothing is known."""
    look = Sides(left=number(0.0), right=number(math.nan), unsteady=number(math.nan))
    assert look.is_unsteady(ONE)


# What lies between.


def test_between_inside_and_outside_nothing_is_decided() -> None:
    """One tolerance beyond the edge still counts as the edge, four are clearly too far."""
    allowed = Interval(-1.0, 1.0, tolerance=0.01)
    asked = (-1.009, 0.0, 1.009, 1.02, -1.02, 1.05, -1.05)
    within = [allowed.contains(claimed) for claimed in asked]
    without = [allowed.excludes(claimed) for claimed in asked]
    assert within == [True, True, True, False, False, False, False]
    assert without == [False, False, False, False, False, True, True]


@pytest.mark.parametrize("claimed", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_excluded_by_everything(claimed: float) -> None:
    """All comparisons with NaN are false, so it is asked whether a claim lies inside."""
    allowed = Interval(-1e300, 1e300, tolerance=1.0)
    assert allowed.excludes(claimed)
    assert not allowed.contains(claimed)


def test_the_interval_takes_either_side_of_every_output() -> None:
    """Each weighted by its cotangent, whose sign turns it round."""
    x = torch.zeros(2, dtype=torch.float64)
    at_zero = probe(torch.relu, x)
    look = sides(at_zero, along(x, 1.0, 1.0))
    allowed = interval(at_zero, look, torch.tensor([1.0, -2.0], dtype=torch.float64))
    assert (allowed.low, allowed.high) == pytest.approx((-2.0, 1.0), abs=1e-8)
    assert allowed.tolerance < 4 * TOLERANCE


def test_the_tolerance_grows_with_the_rounding_of_the_outputs() -> None:
    """Beside an offset of 1e9 no slope is known to 1e-7."""
    x = number(0.0)
    far = probe(lambda x: x.abs() + 1e9, x)
    assert interval(far, sides(far, along(x, 1.0)), ONE).tolerance > 0.1


# Around.


def test_a_regular_kink_needs_no_look_around() -> None:
    """The slopes nearby are those of the two sides."""
    x = number(0.0)
    at_zero = probe(torch.abs, x)
    known = interval(at_zero, sides(at_zero, along(x, 1.0)), ONE)
    wider = hull(at_zero, along(x, 1.0), ONE, known)
    assert (wider.low, wider.high) == pytest.approx((-1.0, 1.0), abs=1e-3)


def test_where_the_function_is_not_regular_the_slopes_nearby_count() -> None:
    """Along x = y, |x| - |y| is zero to both sides, and ±2 beside the point."""
    zeros = number(0.0), number(0.0)
    at_zero = probe(lambda x, y: x.abs() - y.abs(), *zeros)
    line = {0: ONE, 1: ONE}
    known = interval(at_zero, sides(at_zero, line), ONE)
    assert (known.low, known.high) == pytest.approx((0.0, 0.0), abs=1e-8)
    wider = hull(at_zero, line, ONE, known)
    assert (wider.low, wider.high) == pytest.approx((-2.0, 2.0), abs=1e-3)


@pytest.mark.parametrize(
    ("forward", "at"),
    [(lambda x: 1e3 * x**3, 1.0), (lambda x: (x * x + 2.0**-46).sqrt(), 0.0)],
)
def test_curvature_widens_nothing(forward: Callable[[Tensor], Tensor], at: float) -> None:
    """Slopes nearby differ there too, even as much as at a kink, but the less the nearer."""
    x = number(at)
    smooth = probe(forward, x)
    known = interval(smooth, sides(smooth, along(x, 1.0)), ONE)
    assert hull(smooth, along(x, 1.0), ONE, known) is known


def test_noise_widens_nothing() -> None:
    """Slopes nearby differ by it too, but the more the nearer."""
    x = number(1.0)
    noisy = probe(lambda x: x + 1e-9 * torch.sin(1.7e15 * x), x)
    known = Interval(1.0, 1.0, tolerance=1e-3)
    assert hull(noisy, along(x, 1.0), ONE, known) is known


def test_outputs_whose_gradient_jumps_are_named() -> None:
    """A median of equal numbers jumps, a median of different ones does not."""
    x = torch.tensor([[1.0, 1.0, 1.0], [1.0, 2.0, 3.0]], dtype=torch.float64)
    medians = probe(lambda x: x.median(dim=1).values, x)
    line = along(x, 1.0, 2.0, -1.0, 1.0, 2.0, -1.0)
    assert jumping_outputs(medians, line).tolist() == [True, False]


def test_smooth_outputs_cost_a_few_samples_alone() -> None:
    """Nearly all are smooth: only where a few slopes differ is the point looked at thoroughly."""
    asked = 0

    def forward(x: Tensor) -> Tensor:
        nonlocal asked
        asked += 1
        return torch.sin(x)

    x = number(0.3)
    smooth = probe(forward, x)
    asked = 0
    assert jumping_outputs(smooth, along(x, 1.0)).tolist() == [False]
    assert asked == 2 * FEW_SAMPLES


def test_a_slope_that_only_one_sample_in_four_shows_is_found() -> None:
    """The least of four equal numbers, whose gradient is one unit vector out of four."""
    for seed in range(20):
        x = torch.full((4,), float(seed), dtype=torch.float64)
        least = probe(lambda x: x.min().reshape(1), x)
        assert jumping_outputs(least, along(x, 1.0, 0.0, 0.0, 0.0)).tolist() == [True]

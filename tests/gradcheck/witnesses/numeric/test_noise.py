"""The noise of a forward: seen where it cancels inside, and not where numbers are merely round."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradcheck.witnesses.numeric.noise import (
    granularity,
    magnitude,
    noise_beside_a_line,
    noise_of,
    noise_of_its_own,
    overshadowed,
)

HALF_EPSILON = 2.0**-53
POINTS = 5


def near(centre: float, spread: float, outputs: int = 8) -> Tensor:
    """A few points of several outputs each, no further than the spread from a number."""
    draws = torch.Generator().manual_seed(3)
    moves = torch.rand(POINTS, outputs, generator=draws, dtype=torch.float64) - 0.5
    return centre + 2 * spread * moves


def noise(forward: Callable[[Tensor], Tensor], centre: Tensor, nudge: float = 2.0**-45) -> Tensor:
    """The noise of a forward's outputs at a point."""
    ahead, behind = forward(centre + nudge), forward(centre - nudge)
    return noise_of(forward(centre), (ahead, behind), HALF_EPSILON)


def grain(forward: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """The grain of a forward's outputs at points of which nothing else is known."""
    between = points.mean(dim=0) + (points - points.mean(dim=0)) / math.sqrt(2)
    return granularity(forward(points), None, lambda: forward(between))


def line_of_nudges(
    forward: Callable[[Tensor], Tensor], centre: float, nudge: float
) -> list[Tensor]:
    """The outputs at -3, ..., 3 nudges from a number."""
    return [forward(torch.tensor([centre + k * nudge], dtype=torch.float64)) for k in range(-3, 4)]


# The second difference.


def test_a_straight_line_has_the_noise_of_its_last_bit() -> None:
    """Three values on a line differ from it by their own rounding, which is what must be left."""
    found = noise(lambda x: 3 * x, near(1.0, 0.1)[0])
    assert float(found.max()) < 16 * HALF_EPSILON
    assert float(found.min()) >= HALF_EPSILON


def test_the_second_difference_sees_what_cancels_inside() -> None:
    """Near 1e-8, exp(x) - 1 is rounded at one, eight digits above its own last bit."""
    x = near(1e-8, 1e-9, outputs=64)[0]
    assert float(noise(lambda x: torch.exp(x) - 1, x, 2.0**-53).median()) > HALF_EPSILON / 4
    assert float(noise(torch.expm1, x, 2.0**-53).max()) < 1e-6 * HALF_EPSILON


def test_outputs_that_chance_to_lie_on_the_line_share_the_noise_of_the_others() -> None:
    """Among many, one second difference is zero by accident: the median says what to expect."""
    centre = torch.ones(8, dtype=torch.float64)
    bent = 1e-10 * torch.tensor([0.0, 1, 1, 1, 1, 1, 1, 1], dtype=torch.float64)
    lucky = float(noise_of(centre, (centre + bent, centre + bent), HALF_EPSILON)[0])
    assert lucky > 1e-11


def test_few_outputs_say_nothing_of_each_other() -> None:
    """One noisy output of three leaves the others as sharp as they are."""
    centre = torch.ones(3, dtype=torch.float64)
    bent = torch.tensor([0.0, 1e-10, 1e-10], dtype=torch.float64)
    quiet, _, noisy = noise_of(centre, (centre + bent, centre + bent), HALF_EPSILON).tolist()
    assert quiet < 1e-15
    assert noisy > 1e-11


def test_an_output_of_zero_is_not_without_noise() -> None:
    """A bar of exactly zero would let nothing pass."""
    zero = torch.zeros(5, dtype=torch.float64)
    assert float(noise_of(zero, (zero, zero), HALF_EPSILON).min()) > 0


def test_a_small_output_is_as_noisy_as_the_others_of_its_row() -> None:
    """It may be small because large terms cancel, whose rounding it keeps."""
    sizes = torch.tensor([1e-12, 3.0, 4.0], dtype=torch.float64)
    assert magnitude(sizes).tolist() == pytest.approx([5 / math.sqrt(3), 3.0, 4.0])


def test_the_magnitude_of_huge_numbers_is_finite() -> None:
    """Squares of 1e200 leave the range of float64, their root mean square does not."""
    assert magnitude(torch.tensor([1e200, 1e200], dtype=torch.float64)).tolist() == [1e200] * 2


# Grains.


def test_float32_inside_is_granular() -> None:
    """All values are multiples of half an ulp of float32, whatever the dtype they come in."""
    found = grain(lambda x: torch.tanh(x.float()).double(), near(0.8, 0.01))
    assert float(found.min()) >= 2.0**-26
    assert float(grain(torch.tanh, near(0.8, 0.01)).max()) == 0


def test_what_a_subtraction_of_rounded_terms_leaves_is_granular() -> None:
    """The result of exp(x) - 1 is a multiple of the last bit of one; expm1 fills the line."""
    points = near(1e-8, 1e-10)
    assert grain(lambda x: torch.exp(x) - 1, points).tolist() == [2.0**-53] * 8
    assert grain(torch.expm1, points).tolist() == [0.0] * 8


def test_an_output_with_all_its_digits_is_not_granular_however_little_it_moves() -> None:
    """Its last bits are its rounding, which is accounted for already."""
    values = 1 + 1e-6 * near(0.8, 0.01)
    for known in (None, torch.zeros(8, dtype=torch.float64)):
        assert float(granularity(values, known, lambda: values).max()) == 0


def test_an_output_that_moves_by_a_few_grains_says_nothing_of_its_slope() -> None:
    """Steps on a staircase of three treads are no slope: the error is infinite."""
    found = grain(lambda x: torch.exp(x) - 1, near(1e-8, 2.0**-52))
    assert bool(torch.isinf(found).any())


def test_a_saturated_plateau_is_not_granular() -> None:
    """A constant of one, of 0.5 or of 1e9 has few digits, and no terms that would explain them."""
    for constant in (0.5, 1.0, 1e9):
        assert float(grain(lambda x, c=constant: 0 * x + c, near(0.0, 1.0)).max()) == 0  # type: ignore[misc]


@pytest.mark.parametrize("power", [1, 2, 3])
def test_a_polynomial_of_round_numbers_is_not_granular(power: int) -> None:
    """Round numbers are mapped to round ones without any rounding, all others are not."""
    steps = torch.arange(-2, 3, dtype=torch.float64).unsqueeze(1) * 2.0**-9
    directions = torch.tensor([[0.5, -1.25, 3.0, 0.75]], dtype=torch.float64)
    points = torch.tensor([[1.0, 2.0, -3.0, 4.0]], dtype=torch.float64) + steps * directions
    assert grain(lambda x: 3 * x**power, points).tolist() == [0.0] * 4


def test_round_numbers_do_not_hide_what_is_rounded_inside() -> None:
    """At dyadic points of 2⁻²⁰, exp(x) - 1 is a multiple of the last bit of one all the same."""
    points = 2.0**-20 * (1 + torch.arange(-2, 3, dtype=torch.float64).unsqueeze(1) / 64)
    assert grain(lambda x: torch.exp(x) - 1, points).tolist() == [2.0**-53]


def test_what_does_not_move_keeps_what_larger_steps_have_said() -> None:
    """Smaller steps cannot contradict a grain by standing still."""
    still = torch.full((POINTS, 2), 0.75, dtype=torch.float64)
    known = torch.tensor([0.0, 2.0**-25], dtype=torch.float64)
    assert granularity(still, known, lambda: still).tolist() == known.tolist()


def test_zeros_that_stand_still_hide_the_rounding_of_one() -> None:
    """Of an output that is nothing but zero the terms that cancelled are unknown."""
    zeros = torch.zeros(POINTS, 2, dtype=torch.float64)
    assert float(granularity(zeros, None, lambda: zeros).min()) > 0


def test_zeros_beside_outputs_with_all_digits_hide_nothing() -> None:
    """The other outputs tell how large terms are, and theirs are not rounded."""
    values = torch.cat([torch.zeros(POINTS, 1), torch.tanh(near(0.5, 0.1, outputs=1))], dim=1)
    assert granularity(values.double(), None, lambda: values).tolist() == [0.0, 0.0]


def test_a_number_of_few_digits_that_stands_still_beside_others_that_move_hides_nothing() -> None:
    """A leaf of float32 numbers has few digits, and an element may not move along a direction."""
    moving = torch.tanh(near(0.5, 0.1, outputs=1))
    still = torch.full((POINTS, 1), 1e-8, dtype=torch.float32).double()
    values = torch.cat([still, torch.zeros_like(still), moving], dim=1)
    assert granularity(values, None, lambda: values).tolist() == [0.0, 0.0, 0.0]


# What is tiny beside others.


def test_a_sine_beside_a_huge_square_has_its_own_noise() -> None:
    """It is no larger than the rounding of the square, and yet is rounded as a sine is."""
    outputs = torch.tensor([0.3, 1.8e15], dtype=torch.float64)
    noise = noise_of(outputs, (outputs, outputs), HALF_EPSILON)
    moved = outputs + 1e-6
    assert overshadowed(outputs, (moved, outputs), noise).tolist() == [True, False]
    assert overshadowed(outputs, (outputs, outputs), noise).tolist() == [False, False]
    nudged = line_of_nudges(torch.sin, -42869253.26, 2.0**-20)
    assert float(noise_of_its_own(nudged, noise[:1])) < 1e-10


def test_an_oscillation_below_all_nudges_has_no_noise_that_could_be_stated() -> None:
    """It is no roundoff of the others either, so nothing is known of its slope."""
    nudged = line_of_nudges(torch.sin, 1e18, 2.0**14)
    assert float(noise_of_its_own(nudged, torch.tensor([1e6], dtype=torch.float64))) == math.inf


def test_what_is_left_of_cancelling_terms_keeps_the_noise_of_the_others() -> None:
    """Its values are multiples of the last bit of the terms, or change by as much."""
    lent = torch.tensor([1e-3], dtype=torch.float64)
    granular = line_of_nudges(lambda x: (x + 1e4) - 1e4, 1e-9, 2.0**-44)
    assert noise_of_its_own(granular, lent).tolist() == lent.tolist()
    still = line_of_nudges(torch.zeros_like, 1e-9, 2.0**-44)
    assert noise_of_its_own(still, lent).tolist() == lent.tolist()


# Beside a line.


def test_points_of_all_digits_show_the_rounding_that_round_ones_share() -> None:
    """exp(x) - 1 at 2⁻²⁰: nudges of whole bits are all rounded alike, others are not."""
    x = torch.tensor([2.0**-20], dtype=torch.float64)

    def differences(distances: Tensor) -> Tensor:
        return torch.stack([torch.exp(x + t) - torch.exp(x - t) for t in distances])

    whole = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64) * 2.0**-48
    assert float(noise_beside_a_line(differences(whole), whole)) < 2.0**-90
    assert float(noise_beside_a_line(differences(math.pi * whole), math.pi * whole)) > 2.0**-55


@pytest.mark.parametrize("power", [2, 3, 4])
def test_a_power_at_zero_is_no_oscillation(power: int) -> None:
    """It lies on no line there; as products of several zeros do."""
    nudged = line_of_nudges(lambda x: 0.3 * x**power, 0.0, 2.0**-44)
    assert float(noise_of_its_own(nudged, torch.tensor([1e-16], dtype=torch.float64))) < 1e-30


def test_the_rounding_of_a_large_argument_is_noise_of_its_own() -> None:
    """exp(-70) lies on no line from nudge to nudge, and strays by a small part of itself."""
    nudged = line_of_nudges(lambda x: torch.exp(x * 7), -10.0, 2.0**-47)
    noise = float(noise_of_its_own(nudged, torch.tensor([1e-16], dtype=torch.float64)))
    assert 0 < noise < 1e-10 * math.exp(-70)

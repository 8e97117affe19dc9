"""The noise of a forward: seen where it cancels inside, and not where numbers are merely round."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradcheck.witnesses.numeric.noise import coarsest_grid, granularity, magnitude, noise_of

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
    return noise_of(forward(centre), ahead, behind, HALF_EPSILON)


def grain(forward: Callable[[Tensor], Tensor], points: Tensor, step: float = 0.01) -> Tensor:
    """The grain of a forward's outputs at points of which nothing else is known."""
    return granularity(forward(points), step, None, lambda: 2.0**-47)


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
    lucky = float(noise_of(centre, centre + bent, centre + bent, HALF_EPSILON)[0])
    assert lucky > 1e-11


def test_few_outputs_say_nothing_of_each_other() -> None:
    """One noisy output of three leaves the others as sharp as they are."""
    centre = torch.ones(3, dtype=torch.float64)
    bent = torch.tensor([0.0, 1e-10, 1e-10], dtype=torch.float64)
    quiet, _, noisy = noise_of(centre, centre + bent, centre + bent, HALF_EPSILON).tolist()
    assert quiet < 1e-15
    assert noisy > 1e-11


def test_an_output_of_zero_is_not_without_noise() -> None:
    """A bar of exactly zero would let nothing pass."""
    zero = torch.zeros(5, dtype=torch.float64)
    assert float(noise_of(zero, zero, zero, HALF_EPSILON).min()) > 0


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
        assert float(granularity(values, 0.01, known, lambda: 2.0**-47).max()) == 0


def test_an_output_that_moves_by_a_few_grains_says_nothing_of_its_slope() -> None:
    """Steps on a staircase of three treads are no slope: the error is infinite."""
    found = grain(lambda x: torch.exp(x) - 1, near(1e-8, 2.0**-52))
    assert bool(torch.isinf(found).any())


def test_a_saturated_plateau_is_not_granular() -> None:
    """A constant of one, of 0.5 or of 1e9 has few digits, and no terms that would explain them."""
    for constant in (0.5, 1.0, 1e9):
        assert float(grain(lambda x, c=constant: 0 * x + c, near(0.0, 1.0)).max()) == 0  # type: ignore[misc]


def test_a_linear_map_of_round_numbers_is_not_granular() -> None:
    """Points on a coarse grid are mapped to a coarse grid again, without any rounding."""
    steps = torch.arange(-2, 3, dtype=torch.float64).unsqueeze(1) * 2.0**-9
    directions = torch.tensor([[0.5, -1.25, 3.0, 0.75]], dtype=torch.float64)
    values = 3 * (torch.tensor([[1.0, 2.0, -3.0, 4.0]], dtype=torch.float64) + steps * directions)
    on_the_grid = granularity(values, 2.0**-8, None, lambda: 2.0**-17)
    assert on_the_grid.tolist() == [0.0] * 4
    far_from_it = granularity(values, 2.0**-8, None, lambda: 2.0**-47)
    assert float(far_from_it.min()) > 0


def test_what_does_not_move_keeps_what_larger_steps_have_said() -> None:
    """Smaller steps cannot contradict a grain by standing still."""
    still = torch.full((POINTS, 2), 0.75, dtype=torch.float64)
    known = torch.tensor([0.0, 2.0**-25], dtype=torch.float64)
    assert granularity(still, 2.0**-20, known, lambda: 2.0**-47).tolist() == known.tolist()


def test_zeros_that_stand_still_hide_the_rounding_of_one() -> None:
    """Of an output that is nothing but zero the terms that cancelled are unknown."""
    zeros = torch.zeros(POINTS, 2, dtype=torch.float64)
    assert float(granularity(zeros, 0.01, None, lambda: 2.0**-47).min()) > 0


def test_zeros_beside_outputs_with_all_digits_hide_nothing() -> None:
    """The other outputs tell how large terms are, and theirs are not rounded."""
    values = torch.cat([torch.zeros(POINTS, 1), torch.tanh(near(0.5, 0.1, outputs=1))], dim=1)
    assert granularity(values.double(), 0.01, None, lambda: 2.0**-47).tolist() == [0.0, 0.0]


# The grid of a point.


def test_the_coarsest_number_decides_the_grid_of_a_point() -> None:
    """One round element moves on its own coarse grid, though the others do not."""
    assert coarsest_grid(torch.tensor([0.1, 0.3, 6.0])) == 2.0
    assert coarsest_grid(torch.tensor([0.1], dtype=torch.float64)) < 2.0**-50


@pytest.mark.parametrize("values", [torch.zeros(2), torch.tensor([0.1, 0.0]), torch.ones(0)])
def test_zero_lies_on_every_grid(values: Tensor) -> None:
    """Infinity is the grid of which everything else is finer."""
    assert coarsest_grid(values) == math.inf

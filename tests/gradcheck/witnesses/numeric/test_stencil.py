"""One rung: its weights are exact, its error holds, and it sees a kink."""

from __future__ import annotations

import math
from fractions import Fraction

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor

from gradcheck.witnesses.numeric.stencil import (
    JUMP_WEIGHTS,
    SLOPE_WEIGHTS,
    STEPS,
    Rung,
    Slopes,
    extrapolation_weights,
)

UNIT = 2.0**-10
EPSILON = 2.0**-52


def climbed(path: object, levels: int = len(STEPS)) -> Slopes:
    """A rung refined to this many levels."""
    centre = path(0.0)  # type: ignore[operator]
    noise = 0.5 * EPSILON * (centre.abs() + centre.norm())
    rung = Rung(path, centre, UNIT, noise)  # type: ignore[arg-type]
    for _ in range(levels):
        rung.refine()
    return rung.slopes()


def vector(*values: float) -> Tensor:
    """The outputs on one line."""
    return torch.tensor([values], dtype=torch.float64)


@pytest.mark.parametrize("powers", [(), (2,), (2, 4), (2, 4, 6), (1,), (1, 3), (1, 3, 5)])
def test_weights_annihilate_every_power_that_they_should(powers: tuple[int, ...]) -> None:
    """Weights sum to one and cancel each power of the step, to rounding."""
    weights = extrapolation_weights(powers)
    assert sum(weights) == pytest.approx(1, abs=1e-15)
    for power in powers:
        terms = [Fraction(w) * step**power for w, step in zip(weights, STEPS, strict=False)]
        assert abs(float(sum(terms))) < 1e-12 * float(max(abs(term) for term in terms))


def test_one_weight_table_for_each_level() -> None:
    """Every level has its weights for slopes and for jumps."""
    assert [len(weights) for weights in SLOPE_WEIGHTS] == [1, 2, 3, 4, 5]
    assert [len(weights) for weights in JUMP_WEIGHTS] == [1, 2, 3, 4, 5]


def test_no_two_steps_share_a_divisor() -> None:
    """An oscillation that stands still at one step moves at the next."""
    assert all(Fraction(a, b).denominator == b for a in STEPS for b in STEPS if a > b)


@given(st.lists(st.integers(-9, 9), min_size=10, max_size=10))
def test_polynomials_up_to_the_tenth_degree_are_differentiated_to_roundoff(
    coefficients: list[int],
) -> None:
    """Five levels cancel all even errors below the tenth power, so only roundoff is left."""
    slopes = climbed(lambda t: vector(1 + sum(c * t**k for k, c in enumerate(coefficients, 1))))
    assert abs(float(slopes.value) - coefficients[0]) <= float(slopes.error) < 1e-10


def test_each_output_has_its_own_error() -> None:
    """A sharp output is told from a smooth one beside it."""
    slopes = climbed(lambda t: vector(t, 1000 * t).sin())
    assert float(slopes.error[0, 0]) < 1e-12
    assert float(slopes.error[0, 1]) > 1


def test_a_kink_at_the_point_is_seen_as_a_jump() -> None:
    """Central differences of |t| all agree on zero; the one-sided slopes differ by two."""
    slopes = climbed(lambda t: vector(abs(t), t * t + 1))
    assert float(slopes.jump[0, 0]) == pytest.approx(2, rel=1e-9)
    assert float(slopes.doubt[0, 0]) == pytest.approx(1, rel=1e-9)
    assert float(slopes.jump[0, 1]) == 0


def test_a_kink_nearer_than_the_smallest_step_is_seen_as_a_jump() -> None:
    """All steps reach over a kink at 2e-9 and agree on an average that is nobody's slope."""
    slopes = climbed(lambda t: vector(max(t - 2e-9, 0.0)))
    assert float(slopes.value) == pytest.approx(0.5, abs=1e-5)
    assert float(slopes.doubt) >= 0.49


def test_curvature_is_not_taken_for_a_kink() -> None:
    """The second derivative separates the one-sided slopes too, but fades with the step."""
    slopes = climbed(lambda t: vector(t).exp() + vector(40 * t * t))
    assert float(slopes.jump) < 1e-12


def test_infinity_beside_the_point_makes_the_error_infinite() -> None:
    """Where a step leaves the domain nothing is known, and that is said."""
    slopes = climbed(lambda t: vector(t + 1e-9).log())
    assert torch.isinf(slopes.error).all()
    assert torch.isfinite(slopes.value).all()


def test_an_output_that_never_moves_is_marked() -> None:
    """A staircase between its steps gives differences of exactly zero."""
    slopes = climbed(lambda t: torch.stack([vector(t).round(), vector(t)]).reshape(1, 2))
    assert slopes.unmoved.tolist() == [[True, False]]


def test_a_spike_between_the_point_and_all_steps_leaves_nothing_known() -> None:
    """An output that bends alike at all steps may be as steep as it likes in between."""
    x = torch.full((1, 1), 1e-9, dtype=torch.float64)
    rung = Rung(lambda t: (x + t).square().add(1e-24).log(), (x * x + 1e-24).log(), 2.0**-9, x)
    while rung.levels < len(STEPS):
        rung.refine()
    assert float(rung.slopes().error) == math.inf


def test_an_oscillation_is_not_believed_from_two_steps() -> None:
    """Their estimates differ by as much as they say: the steps are too large."""
    rung = Rung(
        lambda t: torch.sin(torch.full((1, 1), 1e6 * (1 + t), dtype=torch.float64)),
        torch.sin(torch.full((1, 1), 1e6, dtype=torch.float64)),
        2.0**-9,
        torch.full((1, 1), 2.0**-53, dtype=torch.float64),
    )
    rung.refine()
    rung.refine()
    assert float(rung.slopes().error) == math.inf

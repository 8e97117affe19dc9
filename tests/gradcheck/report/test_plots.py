"""The drawings: every point where its number says, at any size of number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.comparison import Comparison, Opinion
from gradcheck.exhibits import Heat, Sweep
from gradcheck.report.axes import Axis
from gradcheck.report.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, curve, dots, heat_map
from tests.gradcheck.report.samples import sweep_of

FINITE = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(1e-300, 1e300)


@given(st.lists(POSITIVE, min_size=1, max_size=8), POSITIVE)
def test_an_axis_keeps_the_order_and_its_ends(values: list[float], other: float) -> None:
    """A larger number never stands before a smaller one, and none outside."""
    axis = Axis.around(values, 10, 200)
    places = [axis.place(value) for value in sorted([*values, other])]
    assert places == sorted(places)
    assert 10 <= places[0] <= places[-1] <= 200
    assert all(10 <= tick.at <= 200 for tick in axis.ticks)
    assert len(axis.ticks) >= 2


def test_the_curve_is_the_v_of_the_textbook() -> None:
    """Long steps err by what they leave out, short ones by rounding, and the bar is below both."""
    drawn = curve(sweep_of())
    assert drawn is not None
    assert 1e-7 < drawn.step_of_least < 1e-4
    assert drawn.least < 1e-9
    first, last = drawn.points[0], drawn.points[-1]
    lowest = max(y for _, y in drawn.points)
    assert first[1] < lowest
    assert last[1] < lowest
    assert first[0] > last[0]
    assert drawn.bar.y > lowest
    assert drawn.band[0] < drawn.band[1]
    assert drawn.claim is None


def test_a_wrong_claim_lies_far_above_the_bar() -> None:
    """As far as it is off."""
    drawn = curve(sweep_of(0.25))
    assert drawn is not None
    assert drawn.claim is not None
    assert drawn.claim.value == pytest.approx(0.75)
    assert drawn.claim.y < drawn.bar.y


@given(st.lists(st.none() | FINITE, min_size=3, max_size=3), FINITE, FINITE, st.floats(0, 1e300))
def test_no_number_leaves_the_drawing(
    slopes: list[float | None], claimed: float, measured: float, bar: float
) -> None:
    """Zeros, infinities and what was not finite included."""
    drawn = curve(Sweep((0.5, 1e-3, 1e-13), tuple(slopes), claimed, measured, bar, 1e-3, 1e-2))
    if drawn is None:
        assert not any(slope is not None for slope in slopes)
        return
    for x, y in drawn.points:
        assert LEFT <= x <= WIDTH - RIGHT
        assert TOP <= y <= HEIGHT - BOTTOM


def test_a_map_shows_where_and_how_wrong() -> None:
    """Right entries are pale, what is no number is worst."""
    drawn = heat_map(Heat((2, 2), 2, 2, (0.0, 1e-9, 1.0, None), "autograd"))
    assert [cell.shade for cell in drawn.cells] == [0, 1, 6, 6]
    assert (drawn.wrong, drawn.count, drawn.gathered) == (3, 4, False)
    assert math.isinf(drawn.worst)
    assert [(cell.x > 0, cell.y > 0) for cell in drawn.cells] == [
        (False, False),
        (True, False),
        (False, True),
        (True, True),
    ]


def test_the_witnesses_stand_side_by_side() -> None:
    """Those that were asked, each with its error and with what it would have seen."""
    drawn = dots(
        [
            Comparison("numeric", Opinion.DIFFERS, 0.5, 1e-11),
            Comparison("autograd", Opinion.AGREES, 0.0, 1e-12),
            Comparison("reference", Opinion.ABSENT),
        ]
    )
    assert drawn is not None
    numeric, autograd = drawn.rows
    assert (numeric.witness, autograd.witness) == ("numeric", "autograd")
    assert (numeric.error_x or 0) > (numeric.resolution_x or 0) > (autograd.resolution_x or 0)
    assert (autograd.error_x or 0) < (autograd.resolution_x or 0)
    assert dots([Comparison("reference", Opinion.ABSENT)]) is None

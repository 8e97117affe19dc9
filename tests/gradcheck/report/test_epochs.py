"""The drawing of a training: the difference of every epoch, and the bar that it must not cross."""

from __future__ import annotations

import math

from gradcheck.exhibits import Exhibit, Parity
from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.epochs import epochs
from gradcheck.report.page import render

LOSSES = tuple(1 / n for n in range(1, 51))


def test_equal_bits_stand_at_the_foot_and_a_wrong_epoch_above_the_bar() -> None:
    """A picture goes downwards: what is higher has the smaller number."""
    apart = (*LOSSES[:30], LOSSES[30] + 1e-3, *LOSSES[31:])
    drawn = epochs(Parity(apart, LOSSES, 1e-12))
    assert drawn is not None
    heights = [float(point.split(",")[1]) for point in drawn.line.split()]
    assert [n for n, y in enumerate(heights) if y < drawn.bar.y] == [30]
    assert max(heights) == heights[0]
    assert (drawn.count, drawn.equal) == (50, 49)
    assert math.isclose(drawn.worst, 1e-3)


def test_the_first_and_the_last_epoch_are_labelled() -> None:
    """And one between them; a single epoch is both."""
    many, one = epochs(Parity(LOSSES, LOSSES, 1e-6)), epochs(Parity((1.0,), (1.0,), 1e-6))
    assert many is not None
    assert [tick.label for tick in many.x_ticks] == ["1", "26", "50"]
    assert one is not None
    assert [tick.label for tick in one.x_ticks] == ["1"]


def test_a_training_that_went_to_infinity_is_not_drawn() -> None:
    """The finding says so; a curve could not."""
    assert epochs(Parity((1.0, None), (1.0, 2.0), 1e-6)) is None
    assert epochs(Parity((), (), 1e-6)) is None


def test_the_page_shows_it() -> None:
    """In the section of the recipe, and for those who do not see it in words."""
    finding = Finding("parity", "loss, float64", Verdict.VERIFIED, error=0.0, resolution=1e-12)
    drawn = Exhibit("loss, float64", "50 epochs", parity=Parity(LOSSES, LOSSES, 1e-12))
    html = render(Run((Record("recipe", (finding,), exhibits=(drawn,)),)))
    assert "50 epochs, 50 of them equal to the bit; the largest difference is 0e+00" in html
    assert "while the loss goes from 1 to 0.02" in html

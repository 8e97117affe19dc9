"""The drawing of a decision boundary covers the points of class 1, and no others."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gradcheck.exhibits import Boundary, Exhibit
from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.page import render
from gradcheck.report.regions import SIDE, region

SQUARES = st.integers(1, 8).flatmap(
    lambda n: st.lists(st.text("#.", min_size=n, max_size=n), min_size=n, max_size=n)
)
BAR = re.compile(r"M([\d.]+),([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z")


@given(SQUARES)
def test_a_point_is_shaded_just_where_it_is_of_class_1(rows: list[str]) -> None:
    """The first row lies at the foot, and the first column on the left."""
    drawn = region(Boundary(tuple(rows)))
    assert drawn is not None
    bars = [[float(number) for number in found] for found in BAR.findall(drawn.path)]
    size = SIDE / len(rows)
    for number, row in enumerate(rows):
        for place, taken in enumerate(row):
            x, y = (place + 0.5) * size, SIDE - (number + 0.5) * size
            shaded = any(a < x < a + width and b < y < b + high for a, b, width, high in bars)
            assert shaded == (taken == "#")


def test_nothing_is_drawn_of_no_points() -> None:
    """A start that was asked for none."""
    assert region(Boundary(())) is None
    assert region(Boundary(("",))) is None


def test_the_page_shows_it() -> None:
    """And says in words how much of the square it is."""
    finding = Finding("parity", "loss, float64", Verdict.VERIFIED, error=0.0, resolution=1e-12)
    drawn = Exhibit("loss, float64", "50 epochs", boundary=Boundary(("##", "#.")))
    html = render(Run((Record("recipe", (finding,), exhibits=(drawn,)),)))
    assert "75 % of the square are taken for class 1" in html

"""The drawing of what a trained network takes the points of a square for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from gradcheck.exhibits import Boundary

SIDE = 220
"""Of the square, in pixels."""


@dataclass(frozen=True)
class Region:
    """All points of class 1 as one path, a bar for each run of them along a row.

    Attributes:
        path: In pixels from the upper left corner, as SVG writes it.
        share: Of the points, those of class 1.
    """

    path: str
    share: float


def region(boundary: Boundary) -> Region | None:
    """The points of class 1; None where nothing was asked.

    >>> region(Boundary(("##", "..")))
    Region(path='M0,110h220v110h-220z', share=0.5)
    """
    rows = boundary.rows
    if not rows or not rows[0]:
        return None
    height, width = SIDE / len(rows), SIDE / len(rows[0])
    bars = [
        f"M{_short(start * width)},{_short(SIDE - (number + 1) * height)}"
        f"h{_short(count * width)}v{_short(height)}h-{_short(count * width)}z"
        for number, row in enumerate(rows)
        for start, count in _runs(row)
    ]
    return Region("".join(bars), sum(row.count("#") for row in rows) / (len(rows) * len(rows[0])))


def _runs(row: str) -> list[tuple[int, int]]:
    """Where each run of class 1 begins, and how long it is."""
    found, place = [], 0
    for taken, run in groupby(row):
        count = len(list(run))
        if taken == "#":
            found.append((place, count))
        place += count
    return found


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")

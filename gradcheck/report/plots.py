"""The drawings of a report as plain coordinates; a template turns them into SVG.

curve   error of a plain difference against its step, with what the numeric witness chose
map     the wrong entries of a gradient
dots    what each witness measured, and what it could have seen
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradcheck.comparison import Comparison, Opinion
from gradcheck.exhibits import Heat, Sweep
from gradcheck.report.axes import Axis, Tick

# A drawing is as wide as a telephone, and a wide screen shows several in a row.
WIDTH, HEIGHT = 340, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 40
# A difference of two floats that is not zero differs by this much of them at least.
FLOOR = 1e-17
SHADES = 6
SHADE_OF_NOTHING = 1e-12
_SIDE = 220
_ROW = 30


@dataclass(frozen=True)
class Level:
    """A horizontal line across a curve."""

    y: float
    value: float


@dataclass(frozen=True)
class Curve:
    """Error against step, on two logarithmic axes."""

    x_ticks: list[Tick]
    y_ticks: list[Tick]
    points: list[tuple[float, float]]
    line: str
    band: tuple[float, float]
    bar: Level
    claim: Level | None
    least: float
    step_of_least: float


@dataclass(frozen=True)
class Cell:
    """One square of a map; shade 0 is no error, the last one a whole gradient."""

    x: float
    y: float
    width: float
    height: float
    shade: int


@dataclass(frozen=True)
class Map:
    """The wrong entries of a gradient."""

    width: float
    height: float
    cells: list[Cell]
    wrong: int
    count: int
    worst: float
    gathered: bool

    @property
    def worst_told(self) -> str:
        """How far the worst is off, in words."""
        if not math.isfinite(self.worst):
            return "at least one is no finite number"
        return f"the worst by {self.worst:.1e} of the largest"


@dataclass(frozen=True)
class Dot:
    """What one witness says: how far the claim is, and the least that it would have seen."""

    witness: str
    y: float
    error: float | None
    error_x: float | None
    resolution: float | None
    resolution_x: float | None
    opinion: str


@dataclass(frozen=True)
class Dots:
    """The three witnesses, one below the other."""

    ticks: list[Tick]
    rows: list[Dot]
    height: float


def curve(sweep: Sweep) -> Curve | None:
    """The error of each step; None where nothing finite was measured."""
    size = max(abs(sweep.measured), abs(sweep.claimed), abs(sweep.bar)) or 1.0
    errors = [
        (step, max(abs(slope - sweep.measured) / size, FLOOR))
        for step, slope in zip(sweep.steps, sweep.slopes, strict=True)
        if slope is not None
    ]
    if not errors or not math.isfinite(size):
        return None
    bar = max(sweep.bar / size, FLOOR)
    off = abs(sweep.claimed - sweep.measured) / size
    x = Axis.around([step for step, _ in errors], LEFT, WIDTH - RIGHT)
    y = Axis.around([error for _, error in errors] + [bar, max(off, FLOOR)], HEIGHT - BOTTOM, TOP)
    points = [(x.place(step), y.place(error)) for step, error in errors]
    step_of_least, least = min(errors, key=lambda pair: pair[1])
    return Curve(
        x_ticks=x.ticks,
        y_ticks=y.ticks,
        points=points,
        line=" ".join(f"{a},{b}" for a, b in points),
        band=(x.place(sweep.shortest), x.place(sweep.longest)),
        bar=Level(y.place(bar), bar),
        claim=Level(y.place(off), off) if off > FLOOR else None,
        least=least,
        step_of_least=step_of_least,
    )


def heat_map(heat: Heat) -> Map:
    """One square for each cell, never thinner than a third of its height or width."""
    side = min(_SIDE / max(heat.rows, heat.columns), 26)
    width = max(side, min(_SIDE / 4 / heat.columns, 26))
    height = max(side, min(_SIDE / 4 / heat.rows, 26))
    cells = [
        Cell(
            round(place % heat.columns * width, 2),
            round(place // heat.columns * height, 2),
            round(width, 2),
            round(height, 2),
            shade_of(value),
        )
        for place, value in enumerate(heat.cells)
    ]
    known = [value for value in heat.cells if value is not None]
    return Map(
        width=round(heat.columns * width, 2),
        height=round(heat.rows * height, 2),
        cells=cells,
        wrong=sum(cell.shade > 0 for cell in cells),
        count=len(cells),
        worst=max(known, default=math.inf) if len(known) == len(cells) else math.inf,
        gathered=math.prod(heat.shape) > len(cells),
    )


def shade_of(error: float | None) -> int:
    """From 0, no error, to ``SHADES``, a whole gradient: two decades each.

    >>> shade_of(0.0), shade_of(1e-9), shade_of(1.0), shade_of(None)
    (0, 1, 6, 6)
    """
    if error is None or not math.isfinite(error):
        return SHADES
    if error <= SHADE_OF_NOTHING:
        return 0
    return max(1, min(SHADES, SHADES + math.floor(math.log10(error) / 2) + (error >= 1)))


def dots(comparisons: Sequence[Comparison]) -> Dots | None:
    """What each witness says of one leaf; None where none was asked."""
    asked = [c for c in comparisons if c.opinion != Opinion.ABSENT]
    if not asked:
        return None
    numbers = [n for c in asked for n in (c.error, c.resolution) if n is not None]
    # Labels stand centred below their ticks: the last one needs room to its right.
    axis = Axis.around([max(n, FLOOR) for n in numbers], LEFT + 28, WIDTH - 2 * RIGHT)
    rows = [_dot(c, TOP + _ROW * (place + 0.5), axis) for place, c in enumerate(asked)]
    return Dots(axis.ticks, rows, TOP + _ROW * len(rows) + BOTTOM - 6)


def _dot(comparison: Comparison, y: float, axis: Axis) -> Dot:
    error, resolution = comparison.error, comparison.resolution
    return Dot(
        comparison.witness,
        y,
        error,
        None if error is None else axis.place(max(error, FLOOR)),
        resolution,
        None if resolution is None else axis.place(resolution),
        str(comparison.opinion),
    )

"""What a report can draw of one gradient: frozen, plain data, gathered only when it is asked for.

Sweep     a plain finite difference with steps of every size: the V that every textbook shows
Heat      how far each entry of the claimed gradient is from the true one
Parity    the losses of a training and of the same one in torch, epoch by epoch
Boundary  what a network trained on the points of a plane takes for which class
Exhibit   what there is of these for one leaf in one case
Excerpt   the lines of a backward that is to be looked at
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sweep:
    """A central difference along one direction, with steps of every size.

    Attributes:
        steps: In units of the size of the leaf, the largest first.
        slopes: What the difference with each step gives; None where it is no finite number.
        claimed: What the backward claims along the same direction.
        measured: What the numeric witness measures there, by extrapolation.
        bar: How far the truth may be from that.
        shortest: The shortest step of those that it chose.
        longest: The longest.
    """

    steps: tuple[float, ...]
    slopes: tuple[float | None, ...]
    claimed: float
    measured: float
    bar: float
    shortest: float
    longest: float


@dataclass(frozen=True)
class Heat:
    """How far each entry of a claimed gradient is from the true one, as a grid.

    A leaf of more than two axes is laid out with its last one along the rows; one that has too
    many entries to be drawn is gathered in blocks, and the worst entry stands for its block.

    Attributes:
        shape: That of the leaf.
        rows: How many rows of cells there are.
        columns: How many columns.
        cells: |claim - truth| over the largest entry of either, row by row; None for what is no
            finite number.
        truth: Whose word the truth is.
    """

    shape: tuple[int, ...]
    rows: int
    columns: int
    cells: tuple[float | None, ...]
    truth: str


@dataclass(frozen=True)
class Parity:
    """The losses of two trainings from one start.

    Attributes:
        ours: The author's, one for each epoch; None for what is no finite number.
        theirs: Torch's.
        bar: How far they may lie apart, beside the larger of the loss and one.
    """

    ours: tuple[float | None, ...]
    theirs: tuple[float | None, ...]
    bar: float


@dataclass(frozen=True)
class Boundary:
    """What a trained network takes each point of a square for.

    Attributes:
        rows: One text for each row of points, the lowest first: ``#`` for class 1, ``.`` for 0.
    """

    rows: tuple[str, ...]


@dataclass(frozen=True)
class Exhibit:
    """What there is to see of one leaf in one case."""

    leaf: str
    case: str
    sweep: Sweep | None = None
    heat: Heat | None = None
    parity: Parity | None = None
    boundary: Boundary | None = None


@dataclass(frozen=True)
class Excerpt:
    """A few lines of somebody's code.

    Attributes:
        file: Where they are.
        first: The number of the first line.
        lines: The lines, as they are written.
    """

    file: str
    first: int
    lines: tuple[str, ...]

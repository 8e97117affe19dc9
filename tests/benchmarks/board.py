"""The tables of the README: a row for each question, a column for each tool."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests import places
from tests.benchmarks.checkers import CHECKERS, DTYPES
from tests.places import README

WIDE = 1_000
OURS, THEIRS, QUICKER, MEMORY, THEIR_MEMORY = TRAINERS = (
    "scratchnn",
    "torch.nn, torch.optim",
    "torch takes",
    "memory",
    "torch's memory",
)


class Row(StrEnum):
    """The questions, in the order in which the table asks them."""

    SMALL = "time, `Linear` 25→25, batch 32: 1,450 entries"
    SMALL_RATIO = "... of which torch slow takes so many"
    SMALL_WITNESS = "... the bare witness"
    LARGE = "time, `Linear` 64→64, batch 16: 5,184 entries"
    LARGE_RATIO = "... of which torch slow takes so many, at 5,184"
    LARGE_WITNESS = "... the bare witness, at 5,184"
    FORWARDS_FEW = "forwards at 50 entries"
    FORWARDS_MANY = "forwards at 50,000 entries"
    MEMORY = "memory at 5,184 entries"
    LARGE_LEAF = "memory at 10⁷ weights, float64, in units of what they take"
    LARGE_SINGLE = "... float32, which is judged in float64"
    LEAF = "smallest error seen: a whole gradient, relative to itself"
    ELEMENT = "smallest error seen: one element of 5,184, relative to itself"
    OPERATORS = "time, 388 operators of torch, right"
    OPERATORS_TWICE = "time, their backwards, right"
    FLOAT64 = f"false alarms, 8 right operators, {DTYPES[0]}"
    FLOAT32 = f"false alarms, 8 right operators, {DTYPES[1]}"
    BFLOAT16 = f"false alarms, 8 right operators, {DTYPES[2]}"
    MUTANTS = "wrong gradients refuted"
    PROMISES = "right numbers, but a broken promise: refuted"


class Step(StrEnum):
    """The trainings whose step is timed, in the order in which the table asks them."""

    ONE = "2-25-25-25-2, ReLU, batch 1"
    SMALL = "2-25-25-25-2, ReLU, batch 32"
    HUNDRED = "2-25-25-25-2, ReLU, batch 100"
    THOUSAND = "2-25-25-25-2, ReLU, batch 1,000"
    WIDE = "2-512-512-512-2, ReLU, batch 256"
    CNN = "two convolutions, 28 × 28 pixels, batch 32"
    LSTM = "LSTM 32→64, 20 steps, batch 16"
    TRANSFORMER = "encoder layer 64, 4 heads, 20 places, batch 16"


@dataclass
class Board:
    """What has been measured: row → column → cell, and the seconds behind the cells.

    Attributes:
        rows, columns: What the table asks, and whom, in order.
        place: How the table is marked in the README.
    """

    rows: type[StrEnum]
    columns: tuple[str, ...]
    place: str
    cells: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)

    def put(self, row: StrEnum, column: str, cell: str) -> None:
        """Write one cell."""
        self.cells.setdefault(row, {})[column] = cell

    def time(self, row: StrEnum, column: str, seconds: float) -> None:
        """Write a duration, and keep it for ratios."""
        self.seconds[row, column] = seconds
        self.put(row, column, f"{seconds:.1f} s" if seconds >= 1 else f"{1e3 * seconds:.1f} ms")

    def ratio(self, row: StrEnum, slow: str, quick: str) -> float:
        """Return how many times longer one takes than the other."""
        return self.seconds[row, slow] / self.seconds[row, quick]

    def markdown(self) -> str:
        """Return the table as it stands in the README."""
        columns = [name for name in self.columns if any(name in row for row in self.cells.values())]
        table = Table(box=box.MARKDOWN, show_edge=True)
        table.add_column("")
        for name in columns:
            table.add_column(name, justify="right")
        for row in self.rows:
            if row in self.cells:
                table.add_row(row, *(self.cells[row].get(name, "–") for name in columns))
        page = io.StringIO()
        Console(file=page, width=WIDE).print(table)
        lines = page.getvalue().splitlines()
        return "\n".join(line.strip() for line in lines if line.strip())

    def write(self, readme: Path = README) -> None:
        """Replace the table in the README.

        Raises:
            ValueError: If the README has no place for it.
        """
        places.write(self.place, self.markdown(), readme)


def checks() -> Board:
    """Return the empty table of gradient checks."""
    return Board(Row, tuple(CHECKERS), "benchmarks")


def training() -> Board:
    """Return the empty table of training steps."""
    return Board(Step, TRAINERS, "training")

"""How long checks of torch's own operators take: those of `tests/proofs/operators`, in one run.

Most are of 10 to 60 elements, the elementwise ones of 20 x 20, as in torch's own tests.  Of a dozen
elements, torch's check takes less time than ours; of 150 as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import pytest
import torch

from tests.benchmarks.board import Board, Row
from tests.proofs.operators.drawing import Operator
from tests.proofs.operators.trials import (
    COMPLEX,
    REAL,
    Task,
    answer,
    first_order,
    quiet,
    second_order,
)

OURS, SLOW = "gradcheck", "torch slow"
ORDERS: dict[Row, Callable[[Iterable[Operator]], Iterator[Task]]] = {
    Row.OPERATORS: first_order,
    Row.OPERATORS_TWICE: second_order,
}
# Torch's own check finds another mask in each call, and no leaf that it may change in place.
REFUSED_BY_TORCH = {"dropout", "in place"}


def tasks(row: Row) -> list[Task]:
    """What both can check."""
    both = [one for one in (*REAL, *COMPLEX) if one.name not in REFUSED_BY_TORCH]
    return [*ORDERS[row](both)]


def ours(task: Task) -> None:
    """As a test would ask."""
    answer(task)


def theirs(task: Task) -> None:
    """The same, element by element."""
    torch.autograd.gradcheck(task.function, task.inputs, raise_exception=False)


@pytest.mark.parametrize("name", [OURS, SLOW])
@pytest.mark.parametrize("row", ORDERS)
def test_time_of_all_operators(board: Board, row: Row, name: str) -> None:
    """Once each, after a first one of both kinds, for which torch imports much of itself."""
    check = ours if name == OURS else theirs
    with quiet():
        waiting = tasks(row)
        for task in waiting:
            if task.name.startswith(("sin", "sgn")):
                check(task)
        started = time.process_time()
        for task in waiting:
            check(task)
    board.time(row, name, time.process_time() - started)


@pytest.mark.parametrize("row", ORDERS)
def test_ours_takes_less(board: Board, row: Row) -> None:
    """In the same run."""
    if (row, SLOW) not in board.seconds or (row, OURS) not in board.seconds:
        pytest.skip("the times were not measured in this run")
    assert board.ratio(row, SLOW, OURS) > 1

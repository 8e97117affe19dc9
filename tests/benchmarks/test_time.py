"""How long a check takes, on the same layers and in the same run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import gradcheck
import scratchnn
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.witnesses.numeric import witness
from tests.benchmarks.board import Board, Row
from tests.benchmarks.cases import Case, linear
from tests.benchmarks.checkers import CHECKERS, FLOAT64, NUMERIC, VERIFIED, Call

OURS, OURS_NUMERIC, SLOW, FAST, ESTIMATOR = (
    "gradcheck",
    "gradcheck, numeric alone",
    "torch slow",
    "torch fast",
    "numdifftools",
)
ROUNDS = {SLOW: 5, ESTIMATOR: 1}
OTHERS = 30
SIZES = {Row.SMALL: (25, 32, 1_450), Row.LARGE: (64, 16, 5_184)}
RATIOS = {Row.SMALL_RATIO: Row.SMALL, Row.LARGE_RATIO: Row.LARGE}
WITNESS_ALONE = {Row.SMALL_WITNESS: Row.SMALL, Row.LARGE_WITNESS: Row.LARGE}


def layer_of(row: Row) -> tuple[scratchnn.Linear, torch.Tensor]:
    """Return the layer of a row, and its input."""
    size, batch, _ = SIZES[row]
    return scratchnn.Linear(size, size), torch.randn(batch, size)


def call_of(row: Row, name: str) -> Call:
    """Return what is timed: for us the layer as its author would hand it over."""
    if name not in {OURS, OURS_NUMERIC}:
        return CHECKERS[name](case_of(row), FLOAT64)
    options = NUMERIC if name == OURS_NUMERIC else {}
    layer, x = layer_of(row)
    return lambda: str(gradcheck.check(layer, x, **options).verdict)


def case_of(row: Row) -> Case:
    """Return the same layer for the others."""
    size, batch, _ = SIZES[row]
    return linear(size, batch)


def timed(benchmark: Any, call: Callable[[], object], rounds: int) -> float:
    """Return the shortest duration in seconds, which other work on the machine disturbs least."""
    benchmark.pedantic(call, rounds=rounds, warmup_rounds=min(rounds - 1, 2))
    return float(benchmark.stats.stats.min)


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("row", SIZES, ids=["1450", "5184"])
def test_time_of_a_check(benchmark: Any, board: Board, row: Row, name: str) -> None:
    """Everybody finds the right backward right; numdifftools only estimates, and is but timed."""
    if name == ESTIMATOR and row is Row.LARGE:
        pytest.skip("numdifftools goes element by element: half a minute")
    assert case_of(row).entries == SIZES[row][2]
    call = call_of(row, name)
    board.time(row, name, timed(benchmark, call, ROUNDS.get(name, OTHERS)))
    assert name == ESTIMATOR or call() == VERIFIED


@pytest.mark.parametrize("row", WITNESS_ALONE, ids=["1450", "5184"])
def test_time_of_the_bare_witness(benchmark: Any, board: Board, row: Row) -> None:
    """Finite differences alone, the claims being known."""
    layer, x = layer_of(WITNESS_ALONE[row])
    probe = take(adapt(layer, (x,), {}), (0, 1))
    seconds = timed(benchmark, lambda: witness.examine(probe, (0, 1, 2)), OTHERS)
    board.time(row, OURS_NUMERIC, seconds)


@pytest.mark.parametrize("row", RATIOS, ids=["1450", "5184"])
def test_ratios(board: Board, row: Row) -> None:
    """How many times longer torch's check takes, element by element."""
    times = RATIOS[row]
    for name in CHECKERS:
        if (times, SLOW) in board.seconds and (times, name) in board.seconds and name != SLOW:
            board.put(row, name, f"{board.ratio(times, SLOW, name):.3g} ×")


def out_of_reach(measured: str) -> pytest.MarkDecorator:
    """Mark a goal that was not reached: a check looks at more than one projection does."""
    return pytest.mark.xfail(reason=f"measured: {measured}", strict=False)


@pytest.mark.parametrize(
    ("row", "slow", "ours", "quick", "times"),
    [
        (Row.SMALL, SLOW, Row.SMALL_WITNESS, OURS_NUMERIC, 150),
        pytest.param(
            Row.LARGE,
            SLOW,
            Row.LARGE_WITNESS,
            OURS_NUMERIC,
            400,
            marks=out_of_reach("300 to 560 times"),
        ),
        (Row.SMALL, SLOW, Row.SMALL, OURS, 20),
        pytest.param(Row.SMALL, FAST, Row.SMALL, OURS_NUMERIC, 1, marks=out_of_reach("a third")),
        pytest.param(Row.LARGE, FAST, Row.LARGE, OURS_NUMERIC, 1, marks=out_of_reach("a fifth")),
    ],
    ids=["witness-150", "witness-400", "check-20", "fast-1450", "fast-5184"],
)
def test_ours_is_quicker(  # noqa: PLR0917 pytest passes by name
    board: Board, row: Row, slow: str, ours: Row, quick: str, times: float
) -> None:
    """By at least so many times, measured in this run."""
    if (row, slow) not in board.seconds or (ours, quick) not in board.seconds:
        pytest.skip("the times were not measured in this run")
    assert board.seconds[row, slow] >= times * board.seconds[ours, quick]

"""How long a training step takes, and what memory, here and in torch.nn, in the same run."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from tests.benchmarks.board import MEMORY, OURS, QUICKER, THEIR_MEMORY, THEIRS, Board, Step
from tests.benchmarks.test_cost import ROOT
from tests.benchmarks.workloads import steps

ROUNDS = 12
# A timing is the mean of so many steps: one of them is as short as a clock is coarse.
STEPS = {Step.WIDE: 10, Step.CNN: 10, Step.LSTM: 10, Step.TRANSFORMER: 10}
MANY = 200
NARROW = (Step.ONE, Step.SMALL, Step.HUNDRED)
PERCEPTRONS = (*NARROW, Step.THOUSAND, Step.WIDE)
PEAK = """
import pathlib, re, sys, torch
torch.set_num_threads(1)
from tests.benchmarks.board import Step
from tests.benchmarks.workloads import steps
step = steps(Step[sys.argv[1]])[int(sys.argv[2])]
steps(Step.ONE)[int(sys.argv[2])]()  # what a first step alone needs
status = pathlib.Path("/proc/self/status")
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
for _ in range(3):
    step()
print(int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) - before)
"""


@pytest.mark.parametrize("column", [OURS, THEIRS])
@pytest.mark.parametrize("row", Step, ids=[row.name for row in Step])
def test_time_of_a_step(benchmark: Any, training_board: Board, row: Step, column: str) -> None:
    """Forward, loss, backward, and gradient descent with momentum, on one thread."""
    step = steps(row)[column == THEIRS]
    count = STEPS.get(row, MANY)
    benchmark.pedantic(step, rounds=ROUNDS, iterations=count, warmup_rounds=1)
    training_board.time(row, column, float(benchmark.stats.stats.min))


@pytest.mark.parametrize("row", Step, ids=[row.name for row in Step])
def test_both_train_alike(row: Step) -> None:
    """Else their times would not be those of the same work: ten steps, the same losses."""
    ours, theirs = steps(row)
    for _ in range(10):
        torch.testing.assert_close(ours(), theirs(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("row", Step, ids=[row.name for row in Step])
def test_ratio(training_board: Board, row: Step) -> None:
    """How many times longer torch takes."""
    _need(training_board, row)
    training_board.put(row, QUICKER, f"{training_board.ratio(row, THEIRS, OURS):.2f} ×")


@pytest.mark.parametrize("row", PERCEPTRONS, ids=[row.name for row in PERCEPTRONS])
def test_perceptrons_are_no_slower_than_torch(training_board: Board, row: Step) -> None:
    """Narrow ones are quicker by a third at least, and none is slower by more than a tenth."""
    _need(training_board, row)
    assert training_board.ratio(row, THEIRS, OURS) >= (1.33 if row in NARROW else 0.9)


def _need(board: Board, row: Step) -> None:
    if any((row, column) not in board.seconds for column in (OURS, THEIRS)):
        pytest.skip("the times were not measured in this run")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
@pytest.mark.parametrize("column", [MEMORY, THEIR_MEMORY])
@pytest.mark.parametrize("row", Step, ids=[row.name for row in Step])
def test_memory_of_a_step(training_board: Board, row: Step, column: str) -> None:
    """How much the resident size of a fresh process grows at its peak."""
    command = [sys.executable, "-c", PEAK, row.name, str(int(column == THEIR_MEMORY))]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    training_board.put(row, column, f"{int(done.stdout) / 1024:.1f} MiB")

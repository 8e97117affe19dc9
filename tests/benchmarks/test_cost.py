"""What a check costs beside time: calls of the forward, and memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.board import Board, Row
from tests.benchmarks.cases import Case, linear
from tests.benchmarks.checkers import CHECKERS, FLOAT64, VERIFIED, numeric_alone

ROOT = Path(__file__).parents[2]
FEW, MANY = linear(4, 5, outputs=6), linear(100, 104, outputs=392)
SIZES = {Row.FORWARDS_FEW: FEW, Row.FORWARDS_MANY: MANY}
ELEMENTWISE = {"torch slow", "numdifftools"}
MEASURED = [name for name in CHECKERS if name.startswith(("gradcheck", "torch"))]
MEMORY = """
import pathlib, re, sys, torch
torch.set_num_threads(1)
from tests.benchmarks.cases import linear
from tests.benchmarks.checkers import CHECKERS
checker = CHECKERS[sys.argv[1]]
checker(linear(4, 5), "float64")()
call = checker(linear(64, 16), "float64")
status = pathlib.Path("/proc/self/status")
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
call()
print(int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) - before)
"""
LARGE = {Row.LARGE_LEAF: "float64", Row.LARGE_SINGLE: "float32"}
# Beyond what importing takes, and beyond a first small check.
LARGE_MEMORY = """
import pathlib, re, sys, gradcheck, scratchnn, torch
from tests.benchmarks.checkers import NUMERIC
torch.set_num_threads(1)
options = NUMERIC if sys.argv[1].endswith("alone") else {}
dtype = getattr(torch, sys.argv[2])
status = pathlib.Path("/proc/self/status")
def check(*sizes):
    layer = scratchnn.Linear(*sizes, dtype=dtype)
    assert gradcheck.check(layer, torch.randn(4, sizes[0], dtype=dtype), **options).passed
check(3, 2)
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
check(5_000, 2_000)
after = int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1])
print((after - before) * 1024 / (10**7 * dtype.itemsize))
"""


def forwards(name: str, case: Case) -> int:
    """Return how often a check calls the forward."""
    calls = 0

    def counted(m: Any, *leaves: Any) -> Any:
        nonlocal calls
        calls += 1
        return case.formula(m, *leaves)

    call = CHECKERS[name](replace(case, formula=counted), FLOAT64)
    calls = 0
    assert call() == VERIFIED or name == "numdifftools"
    return calls


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("row", SIZES, ids=["50", "50000"])
def test_forwards_of_a_check(board: Board, row: Row, name: str) -> None:
    """One layer, small and large."""
    assert abs(SIZES[row].entries / (50 if row is Row.FORWARDS_FEW else 50_000) - 1) < 1e-3
    if name in ELEMENTWISE and row is Row.FORWARDS_MANY:
        pytest.skip("element by element, that takes hours")
    board.put(row, name, str(forwards(name, SIZES[row])))


def test_forwards_do_not_grow_with_the_entries() -> None:
    """At 50,000 entries the numeric witness calls the forward as often as at 50, within 10 %."""
    few, many = (forwards("gradcheck, numeric alone", case) for case in (FEW, MANY))
    assert abs(many - few) < 0.1 * few
    assert numeric_alone(MANY, FLOAT64)() == VERIFIED


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
@pytest.mark.parametrize("name", MEASURED)
def test_memory_of_a_check(board: Board, name: str) -> None:
    """How much the resident size of a fresh process grows at its peak."""
    command = [sys.executable, "-c", MEMORY, name]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    mebibytes = int(done.stdout) / 1024
    board.put(Row.MEMORY, name, f"{mebibytes:.0f} MiB" if mebibytes >= 1 else "< 1 MiB")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process reset its peak")
@pytest.mark.parametrize("name", ["gradcheck", "gradcheck, numeric alone"])
@pytest.mark.parametrize("row", LARGE, ids=LARGE.values())
def test_memory_of_a_large_leaf(board: Board, row: Row, name: str) -> None:
    """How many tensors of its size a Linear of 10⁷ weights costs at the peak."""
    command = [sys.executable, "-c", LARGE_MEMORY, name, LARGE[row]]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    board.put(row, name, f"{float(done.stdout):.1f} ×")

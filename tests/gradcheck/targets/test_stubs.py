"""Stand-ins for modules that are not there."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from gradcheck.cli import main
from gradcheck.targets.stubs import stubbed

LAYERS = """
import matplotlib_of_yore.pyplot as plt
from numba_of_yore import jit, njit, prange
from torchvision_of_yore.datasets import MNIST

plt.rcParams["figure.figsize"]
class Data(MNIST): pass

@njit
def once(x): return x
@jit(nopython=True)
def twice(x): return 2 * once(x)

class Scale:
    def forward(self, x): return twice(x)
    def backward(self, grad_output): return twice(grad_output)
"""
NAMES = ["matplotlib_of_yore", "numba_of_yore", "torchvision_of_yore"]


def run(*words: str) -> int:
    """Run the command line; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_a_missing_module_is_named_and_stood_in_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, without an option."""
    monkeypatch.chdir(tmp_path)
    Path("layers.py").write_text(LAYERS, encoding="utf-8")
    assert run("layers.py:Scale") == 0
    told = capsys.readouterr()
    assert "verified" in told.out
    for name in NAMES:
        assert f"{name} is not installed: a stand-in takes its place" in " ".join(told.err.split())
        assert name not in sys.modules


def test_a_module_that_is_there_can_be_stood_in_for_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs, or draws windows."""
    monkeypatch.chdir(tmp_path)
    Path("slow.py").write_text("1 / 0", encoding="utf-8")
    Path("layers.py").write_text(f"import slow\n{LAYERS}", encoding="utf-8")
    assert run("layers.py:Scale") == 2
    assert run("layers.py:Scale", "--stub", "slow") == 0


def test_a_stand_in_goes_when_its_time_is_over() -> None:
    """What was there before is there again."""
    before = sys.modules["json"]
    with stubbed(["json", "no_such_library"]):
        assert importlib.import_module("json.decoder").anything() is not None
        importlib.import_module("no_such_library.sub")
    assert sys.modules["json"] is before
    assert json.loads("[1]") == [1]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_library")


def test_only_what_is_named_is_stood_in_for() -> None:
    """And what lies below it; not what begins alike."""
    with stubbed(["no_such"]), pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_library")

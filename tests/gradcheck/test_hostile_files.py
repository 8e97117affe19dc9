"""Files that were not written to be checked: one line each, an exit code, nothing left behind."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gradcheck.cli import main

LAYER = """
class Layer:
    def forward(self, x):
        {forward}
    def backward(self, grad_output):
        {backward}
"""


def layer(forward: str = "return 2 * x", backward: str = "return 2 * grad_output") -> str:
    """Return a layer with one thing wrong."""
    return LAYER.format(forward=forward, backward=backward)


UNREADABLE = {
    "import error": "import torch.no_such_part\n" + layer(),
    "relative import of nothing": "from .nowhere import thing\n" + layer(),
    "syntax error": "class Layer(:",
    "zero byte": "x = 1\0",
    "raises on import": "raise ValueError('two\\nlines')\n",
    "raises without end": "def f(): f()\nf()\n",
    "exit on import": "exit()\n",
    "exit of the system on import": "import sys; sys.exit(0)\n",
    "ends the process on import": "import os; os._exit(0)\n",
    "asks a question": "input('name? ')\n" + layer(),
    "interrupts": "class Stop(BaseException): pass\nraise Stop('enough')\n",
}
UNUSABLE = {
    "constructor raises": "class Layer:\n    def __init__(self): raise OSError('no disk')\n"
    "    def forward(self, x): return x\n    def backward(self, g): return g\n",
    "exit in the forward": layer("exit()"),
    "ends the process in the forward": layer("import os; os._exit(0)"),
    "raises what is no Exception": layer("raise KeyboardInterrupt2", "return grad_output")
    + "\nclass KeyboardInterrupt2(BaseException): pass\n",
    "returns text": layer("return str(x)"),
    "returns a list of nothing": layer("return [None for _ in x]"),
    "returns NaN": layer("return x * float('nan')"),
    "cannot be copied": "class Layer:\n    def __init__(self): self.lock = __import__('_thread')"
    ".allocate_lock()\n    def forward(self, x): return x\n    def backward(self, g): return g\n"
    "    def __deepcopy__(self, memo): raise TypeError('no copies')\n",
    "its truth raises": layer("return Odd()")
    + "\nclass Odd:\n    def __bool__(self): raise OSError\n"
    "    def __eq__(self, other): raise OSError\n",
}
HARMLESS = {
    "prints ten megabytes": layer("print('x' * 10_000_000); return 2 * x"),
    "lists its classes themselves": layer() + "\n__all__ = [Layer]\n",
    "answers for its attributes": layer() + "\ndef __getattr__(name): raise OSError(name)\n",
}
CHANGES_EVERYTHING = """
import os, random, sys, warnings
import numpy as np, torch
def change():
    torch.manual_seed(1); np.random.seed(1); random.seed(1)
    torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)
    np.seterr(all="raise"); warnings.simplefilter("error")
    sys.path.insert(0, "/nowhere"); os.chdir("/"); sys.stdout.write("hello"); sys.argv[:] = ["x"]
    os.environ["HOSTILE"] = "1"
change()
class Layer:
    def __init__(self): change()
    def forward(self, x): change(); return 2 * x
    def backward(self, grad_output): change(); return 2 * grad_output
"""

Answer = Callable[[str], tuple[Any, str, str]]


@pytest.fixture
def answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Answer:
    """Check a file of this text: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, name: str = "hostile.py") -> tuple[Any, str, str]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            main([name])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return left.value.code, printed.out, printed.err

    return run


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_imported_costs_one_line(name: str, answer: Answer) -> None:
    """With the reason, as an error of the command."""
    code, out, err = answer(UNREADABLE[name])
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert len(" ".join(err.split())) < 400


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_layer_that_cannot_be_used_is_undecided(name: str, answer: Answer) -> None:
    """Nothing is verified, and the exit code says so."""
    code, out, err = answer(UNUSABLE[name])
    assert code in {2, 3}, out
    assert "undecided" in out
    assert err == ""


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_is_checked_all_the_same(name: str, answer: Answer) -> None:
    """As if it were written like any other."""
    code, out, _ = answer(HARMLESS[name])
    assert code == 0, out
    assert len(out) < 10_000


@pytest.mark.parametrize(
    "name", ["h ö[x].py", "a b.py", "class.py", "x;y.py", "v1.2.py", "日本.py"]
)
def test_a_file_may_have_any_name(name: str, answer: Answer) -> None:
    """It is found as it is typed."""
    code, out, _ = answer(layer(), name)  # type: ignore[call-arg] # the fixture's own default
    assert code == 0, out


def test_what_it_changes_for_the_whole_process_is_put_back(answer: Answer) -> None:
    """Random states, dtypes, grad mode, paths, the current folder."""

    def state() -> list[Any]:
        numbers = [torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())]  # noqa: NPY002
        modes = [torch.get_default_dtype(), torch.is_grad_enabled(), np.geterr()]
        return [*numbers, *modes, list(sys.path), Path.cwd(), list(sys.argv), dict(os.environ)]

    before, streams = state(), (sys.stdin, os._exit)
    code, out, _ = answer(CHANGES_EVERYTHING)
    assert code == 0, out
    assert "hello" not in out
    assert state() == before
    assert (sys.stdin, os._exit) == streams

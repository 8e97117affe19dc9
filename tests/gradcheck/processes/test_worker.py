"""A process that can be ended: what hangs or dies in it costs its own answer only."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

import pytest

from gradcheck.cli import main
from gradcheck.processes.limits import Limits
from gradcheck.processes.worker import EndedError, Worker

PATIENCE = 1.0
FILE = """
import os, time
class Dies:
    def forward(self, x): os.abort()
    def backward(self, g): return g
class Fine:
    def forward(self, x): return 2 * x
    def backward(self, g): return 2 * g
class Hangs:
    def forward(self, x): return sum(range(10**15)) * x
    def backward(self, g): return g
"""
STUCK = "import time\ntime.sleep(1000)\nclass Layer: pass\ndef backward(x): pass\n"


def test_what_hangs_or_dies_is_ended_and_the_next_call_is_answered() -> None:
    """Each time in a process that is started anew."""
    with Worker(Limits(PATIENCE)) as worker:
        assert worker.call(math.gcd, 12, 18) == 6
        with pytest.raises(EndedError, match="took longer than 1 s"):
            worker.call(time.sleep, 1000)
        with pytest.raises(EndedError, match="ended the whole process, without"):
            worker.call(os._exit, 0)
        with pytest.raises(Exception, match="ValueError"):
            worker.call(math.sqrt, -1)


def test_a_timeout_ends_a_loop_in_compiled_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target, or a file, that takes longer; the others are answered."""
    (tmp_path / "several.py").write_text(FILE, encoding="utf-8")
    (tmp_path / "stuck.py").write_text(STUCK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main([".", "--timeout", "5"])
    assert left.value.code == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "several.py:Fine verified" in out
    assert "several.py:Hangs took longer than 5 s and was ended: --timeout allows more" in out
    assert "several.py:Dies ended the whole process" in out
    assert "stuck.py took longer than 5 s" in out
    assert "1 verified, 3 undecided" in out

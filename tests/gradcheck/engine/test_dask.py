"""A campaign on a cluster: a real scheduler and two worker processes, on loopback."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gradcheck.cli import screen
from tests.gradcheck.engine.commands import document, run, verdicts

distributed = pytest.importorskip("distributed")

FILE = """
import time, torch

class Layer:
    seconds = 0.02
    def __init__(self):
        self.weight = torch.randn(4, 300)
    def forward(self, x):
        time.sleep(self.seconds)
        self.x = x
        return x @ self.weight
    def backward(self, g):
        self.grad_weight = self.x.T @ g
        return g @ self.weight.T
class Wrong(Layer):
    def backward(self, g):
        return 2 * super().backward(g)
class Dies(Layer):
    def forward(self, x):
        __import__("os").abort()
""" + "".join(f"class Layer{n}(Layer): pass\n" for n in range(8))
WORDS = ("several.py", "--witness", "autograd", "--contract", "none", "--input", "5,4")


@pytest.fixture
def cluster(folder: Path) -> Iterator[Any]:
    """Two worker processes, each of which its nanny starts again."""
    (folder / "several.py").write_text(FILE, encoding="utf-8")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(processes=True, host="127.0.0.1", **options) as started:
        yield started


@pytest.mark.proof
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of a worker that was killed
def test_a_worker_that_is_killed_in_the_middle_loses_nothing(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is that of this machine alone, to the bit, and the progress was shown."""
    alone = document(*WORDS, "--jobs", "1")
    assert set(verdicts(alone[1]).values()) == {"verified", "refuted", "undecided"}
    whole, heard = screen.progress, []

    @contextmanager
    def killing(total: int) -> Iterator[Any]:
        with whole(total) as advance:

            def heard_of(name: str, done: int) -> None:
                heard.append(done)
                if done == 2:
                    process = next(iter(cluster.workers.values())).process
                    os.kill(process.pid, signal.SIGKILL)
                advance(name, done)

            yield heard_of

    monkeypatch.setattr(screen, "progress", killing)
    address = f"dask:{cluster.scheduler_address}"
    several = document(*WORDS, "--executor", address, "--timeout", "60")
    assert several == alone
    assert heard == list(range(1, 12))


@pytest.mark.proof  # it waits for ten seconds
def test_a_scheduler_that_does_not_answer_costs_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its address."""
    code, _ = run("scratchnn.Tanh", "--executor", "dask:tcp://127.0.0.1:1")
    assert code == 2
    assert "--executor dask:tcp://127.0.0.1:1 does not answer" in capsys.readouterr().err

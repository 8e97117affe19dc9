"""A layer and a loss, end to end: a deferred average is right there, and a bug is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcheck import campaign
from gradcheck.choice.wishes import Wishes
from gradcheck.errors import CommandError
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.result import Result
from gradcheck.targets.resolve import resolve

NET = """
import numpy as np
class Dense:
    def __init__(self, n_in, n_out): self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, g):
        self.dW, self.db = self.x.T @ g / len(g), g.mean(0)
        return g @ self.W.T / len(g)
class WrongDense(Dense):
    def backward(self, g):
        gx = super().backward(g)
        self.db = self.db / len(g)
        return gx
class SquaredError:
    def forward(self, prediction, target):
        self.d = prediction - target
        return (self.d**2).sum() / len(self.d)
    def backward(self): return 2 * self.d
class Other:
    def forward(self, x): return x
    def backward(self, g): return g
"""


@pytest.fixture(autouse=True)
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a layer that averages what its loss does not."""
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def answer(layer: str, loss: str = "") -> Result:
    """Check a layer, alone or with a loss behind it."""
    wishes = Wishes(loss=f"net.py:{loss}" if loss else "")
    (result,) = campaign.run(resolve(f"net.py:{layer}"), Options(), wishes)
    return result


def test_a_deferred_average_is_right_end_to_end() -> None:
    """Each half alone is refuted, and together they are verified."""
    assert answer("Dense").verdict == answer("SquaredError").verdict == Verdict.REFUTED
    together = answer("Dense", "SquaredError")
    assert together.verdict == Verdict.VERIFIED, together.explain()
    assert any("together with net.py:SquaredError" in note for note in together.notes)


def test_a_bug_stays_one() -> None:
    """In the leaf that it spoils, and in no other."""
    result = answer("WrongDense", "SquaredError")
    assert {finding.leaf for finding in result.refutations} == {"b"}


def test_what_is_no_loss_is_refused() -> None:
    """In one line."""
    with pytest.raises(CommandError, match="expected a class of a loss"):
        answer("Dense", "Other")

"""What tells of many seeds counts each verdict, and is red where a backward is refuted."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcheck.records import Verdict
from tests import seeds

WRONG = """
import numpy as np

class Doubled:
    def forward(self, x):
        return 2.0 * x

    def backward(self, d_out):
        return 3.0 * d_out
"""


def test_each_seed_is_one_answer_of_each_target() -> None:
    """Two seeds of one module, which are told apart."""
    found = list(seeds.results("scratchnn.ReLU", range(3, 5)))
    counts, told = seeds.tally(found)
    assert [one.seed for one in found] == [3, 4]
    assert counts == {Verdict.VERIFIED: 2}
    assert told == []


def test_a_refuted_backward_ends_with_one_and_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error stream, so that the count can be read by another program."""
    (tmp_path / "wrong.py").write_text(WRONG)
    with pytest.raises(SystemExit) as ended:
        seeds.main(2, 0, str(tmp_path / "wrong.py"))
    shown = capsys.readouterr()
    assert ended.value.code == 1
    assert shown.out.endswith("0 verified, 2 refuted, 0 undecided\n")
    assert "1.5 times" in shown.err

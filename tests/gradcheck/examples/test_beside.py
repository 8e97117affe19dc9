"""Drawn cases beside the built-in ones: what these miss is found, shrunk, kept and repeated."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import gradcheck
from gradcheck import CommandError, GradientError
from gradcheck.cli import main
from gradcheck.examples.beside import MISSING
from gradcheck.strategies.search import DATABASE

HIDDEN = """
import torch
class Wide:
    '''Wrong for exactly two features, which no built-in case has.'''
    def __init__(self, features):
        self.weight = torch.ones(features, requires_grad=False)
    def forward(self, x):
        return 3 * x * (1 + 0 * self.weight.sum())
    def backward(self, grad_output):
        return grad_output * (3 if len(self.weight) != 2 else 4)
class AtTwo:
    '''Wrong where the input is exactly 2.'''
    def forward(self, x):
        self.x = x
        return x * x
    def backward(self, grad_output):
        return grad_output * torch.where(self.x == 2, 5.0, 2 * self.x)
class Right:
    def forward(self, x):
        return x * 1.5
    def backward(self, grad_output):
        return grad_output * 1.5
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where the file is; failures are kept there too."""
    (tmp_path / "hidden.py").write_text(HIDDEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def pasted(example: str) -> None:
    """Hold that the lines refute it."""
    with pytest.raises(GradientError):
        exec(example, {})  # noqa: S102 it is what a user would do


def test_a_size_that_no_built_in_case_has_is_drawn() -> None:
    """The answer names the drawn case and repeats it."""
    result = gradcheck.check("hidden.py:Wide", contracts=(), examples=200)
    assert result.verdict == "refuted", result.explain()
    assert result.refutations[0].case.endswith(", drawn")
    assert 'init="features=2"' in result.example
    pasted(result.example)


def test_a_value_is_drawn_and_tried_first_the_next_time() -> None:
    """One example is enough then, which it would not be otherwise."""
    target = "hidden.py:AtTwo"
    assert gradcheck.check(target, contracts=(), examples=1).verdict == "verified"
    result = gradcheck.check(target, contracts=(), examples=200)
    assert result.verdict == "refuted"
    assert "2.0" in result.example
    pasted(result.example)
    assert DATABASE.is_dir()
    assert gradcheck.check(target, contracts=(), examples=1).verdict == "refuted"


def test_what_is_right_says_how_many_were_drawn() -> None:
    """And how many of them could not be called."""
    result = gradcheck.check("hidden.py:Right", contracts=(), examples=20)
    assert result.verdict == "verified"
    assert result.notes[-1].startswith("20 drawn examples: none is refuted")


def test_the_command_draws_as_many(capsys: pytest.CaptureFixture[str]) -> None:
    """As the function does."""
    with pytest.raises(SystemExit) as ended:
        main(["hidden.py:Right", "--examples", "3", "--contract", "none"])
    assert ended.value.code == 0
    assert "3 drawn examples: none is refuted" in capsys.readouterr().out


def test_without_hypothesis_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is checked before it is said."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(CommandError, match=r"gradcheck-scratchnn\[hypothesis\]"):
        gradcheck.check("hidden.py:Right", examples=1)
    with pytest.raises(SystemExit) as ended:
        main(["hidden.py:Right", "--examples", "1"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.split() == f"error: {MISSING}".split()


def test_a_number_of_examples_is_no_less_than_none() -> None:
    """Like every option."""
    with pytest.raises(CommandError, match="examples=-1"):
        gradcheck.check("hidden.py:Right", examples=-1)

"""Colour is for a terminal whose owner wants it; everybody else gets plain text."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from gradcheck.cli import main

WRONG = """
class Double:
    def forward(self, x): return 2 * x
    def backward(self, grad_output): return 3 * grad_output
class Right:
    def forward(self, x): return 2 * x
    def backward(self, grad_output): return 2 * grad_output
"""
ESCAPES = re.compile(r"\x1b\[([0-9;]*)m")
COLOURS = {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


class Answer:
    """What a command writes to its two streams.

    Attributes:
        out: The answer.
        err: Progress.
    """

    def __init__(self, stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
        out, err = stream(), stream()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit):
                main(["wrong.py", "--contract", "none"])
        self.out, self.err = out.getvalue(), err.getvalue()

    @property
    def colours(self) -> set[int]:
        """The codes of colours among the escapes."""
        codes = {
            int(c) for found in ESCAPES.findall(self.out + self.err) for c in found.split(";") if c
        }
        return codes & COLOURS


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand beside a wrong layer, at a terminal that can show colours."""
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def words(text: str) -> list[str]:
    """The words of an answer, without escapes and times."""
    plain = ESCAPES.sub("", text)
    return re.sub(r"\d+\.\d+ s", "", plain).split()


def test_a_terminal_shows_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red is wrong, green is right; the words are those of the plain text."""
    shown, plain = Answer(Terminal, monkeypatch), Answer(io.StringIO, monkeypatch)
    assert shown.colours >= {31, 32}
    assert words(shown.out) == words(plain.out)


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal, too: https://no-color.org."""
    monkeypatch.setenv("NO_COLOR", "1")
    shown = Answer(Terminal, monkeypatch)
    assert not shown.colours
    assert "Double" in shown.out


def test_a_pipe_gets_neither_colours_nor_boxes_nor_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not one escape, not one character that draws a line."""
    piped = Answer(io.StringIO, monkeypatch)
    assert "\x1b" not in piped.out + piped.err
    assert not any("\u2500" <= character <= "\u259f" for character in piped.out + piped.err)
    assert not piped.err


def test_the_example_is_whole_at_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that was broken or cut could not be pasted."""
    monkeypatch.setenv("COLUMNS", "40")
    shown = ESCAPES.sub("", Answer(Terminal, monkeypatch).out)
    assert 'gradcheck.check("wrong.py:Double", x, contracts=()).raise_if_refuted()\n' in shown

"""The terminal: the answer on standard output, all else on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from gradcheck.records import Run
from gradcheck.report.text import WIDTH, layout, render

Advance = Callable[[str, int], None]
"""Told a target's name, and how many are done."""


def note(words: str) -> None:
    """Say something beside the answer."""
    _console(sys.stderr).print(Text.assemble(("note: ", "dim"), words))


def refusal(words: str) -> None:
    """Say why there is no answer."""
    _console(sys.stderr).print(Text.assemble(("error: ", "bold red"), words))


def answer(run: Run) -> None:
    """Print the answer; in colour where somebody looks at it."""
    console = _console(sys.stdout)
    if console.is_terminal:
        console.print(layout(run), crop=False)
    else:
        sys.stdout.write(render(run) + "\n")


def trace(text: str) -> None:
    """Show where an error came from."""
    sys.stderr.write(text)


def nothing(_: str) -> None:
    """Say nothing."""


@contextmanager
def progress(total: int) -> Iterator[Advance]:
    """A bar on standard error while several targets are checked; it vanishes at the end."""
    console = _console(sys.stderr)
    if total == 1 or not console.is_terminal:
        yield lambda _name, _done: None
        return
    # A check of one layer starts without it.
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda name, done: bar.update(task, description=name, completed=done)


def _console(stream: object) -> Console:
    """A terminal as wide as it is; a pipe as wide as a screen, so that tables are not cut."""
    console = Console(file=stream, highlight=False)  # type: ignore[arg-type] # stdout or stderr
    if not console.is_terminal:
        console.width = WIDTH
    return console

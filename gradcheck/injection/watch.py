"""Which of somebody's functions a backward runs, beside what its forward runs too.

A recurrence or an attention does little in the method ``backward`` itself.  What is changed is
whatever runs there and nowhere else: a change of what the forward shares would change the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch

from gradcheck.adapters import adapt
from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.errors import ExerciseError

Ran = dict[CodeType, set[int]]
"""Code → the lines of it that ran."""


def backward_code(cases: Sequence[Case], seed: int) -> Ran:
    """What runs in the backward alone, in its author's own file or package.

    A case that cannot be called adds nothing.
    """
    elsewhere: Ran = {}
    inside: Ran = {}
    home: Path | None = None
    for number, case in enumerate(cases):
        try:
            with _watching(elsewhere):
                instance, inputs = case.make(seed_of(seed, number))
            subject = adapt(instance, inputs, case.options)  # which tries the backward, too
            values = tuple(leaf.value.clone() for leaf in subject.leaves)
            session = subject.open()
            session.place(values)
            for _ in range(2):  # the second time it adds to what is there
                with _watching(elsewhere):
                    outputs = session.forward(values)
                with _watching(inside):
                    session.backward(tuple(torch.ones_like(output) for output in outputs))
        except (ExerciseError, RuntimeError):
            continue
        if subject.source is not None:
            home = home or home_of(Path(subject.source.file).absolute())
    return {
        code: lines
        for code, lines in inside.items()
        if code not in elsewhere and home and _is_at(home, code) and code.co_name[0] != "<"
    }


def home_of(file: Path) -> Path:
    """The whole package that a file belongs to; the file itself if it is in none."""
    folder = file.parent
    if not (folder / "__init__.py").is_file():
        return file
    while (folder.parent / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _is_at(home: Path, code: CodeType) -> bool:
    return Path(code.co_filename).absolute().is_relative_to(home)


@contextmanager
def _watching(ran: Ran) -> Iterator[None]:
    """Note every line that runs inside; whoever watches already goes on afterwards."""

    def local(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            ran[frame.f_code].add(frame.f_lineno)
        return local

    def call(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:  # noqa: ARG001 as Python calls it
        ran.setdefault(frame.f_code, set())
        return local

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(before)

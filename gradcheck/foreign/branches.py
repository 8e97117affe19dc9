"""Which statements of somebody's backward no case has executed: what was not verified there.

Measured with coverage.py, which has a C tracer, and sys.monitoring from Python 3.12 on.  For
scratchnn.Linear that takes 6 ms to start, 4 in the cases, 1 to tell that all lines ran and 5 more
if they did not: a fifth of the check of a class, but as much as the check of one instance takes.
So only classes are measured.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import coverage

from gradcheck.foreign.signatures import stood_for

_NO_BODY: tuple[str, range, frozenset[int]] = "", range(0), frozenset()
_OURS_TO_TELL = ["no-data-collected", "no-ctracer", "no-sysmon", "couldnt-parse"]


class BackwardLines:
    """The lines of one backward that ran while it was watched.

    Nothing is written, and no measurement or debugger that is active is disturbed: then, and where
    Python cannot show the source, nothing is watched and nothing is told.

    >>> import fractions
    >>> lines = BackwardLines(fractions.Fraction.limit_denominator)
    >>> with lines.watched():
    ...     _ = fractions.Fraction(1, 3).limit_denominator(10)
    >>> len(lines.never_ran()) > 0
    True
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._file, self._body, self._statements = _body_of(inspect.unwrap(stood_for(function)))
        self._coverage: coverage.Coverage | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note which lines run inside."""
        if not self._body or _is_watched_by_another():
            yield
            return
        if self._coverage is None:
            self._coverage = _measurement(self._file)
        self._coverage.start()
        try:
            yield
        finally:
            self._coverage.stop()

    def never_ran(self) -> str:
        """The lines of the statements that did not run, as in ``17-19, 23``; empty if all did."""
        if self._coverage is None:
            return ""
        try:
            data = self._coverage.get_data()
            ran = {line for file in data.measured_files() for line in data.lines(file) or ()}
            if self._statements <= ran:  # coverage.py reads the file anew, which takes longer
                return ""
            _, statements, _, missing, _ = self._coverage.analysis2(self._file)
        except coverage.CoverageException:  # what is no Python file, or has changed meanwhile
            return ""
        inside = [line for line in statements if line in self._body]
        if set(inside) <= set(missing):  # it was never called, or runs where no tracer looks
            return ""
        return _ranges(inside, set(missing))


def _body_of(function: Callable[..., Any]) -> tuple[str, range, frozenset[int]]:
    """The file, the lines of the body, and where its statements begin.

    No lines for a lambda, or what has no source.
    """
    try:
        file, (source, first) = inspect.getsourcefile(function), inspect.getsourcelines(function)
        (definition,) = ast.parse(textwrap.dedent("".join(source))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return _NO_BODY
    if file is None or not isinstance(definition, ast.FunctionDef):
        return _NO_BODY
    start, end = definition.body[0].lineno, definition.end_lineno or definition.lineno
    statements = frozenset(
        first + node.lineno - 1
        for part in definition.body
        for node in ast.walk(part)
        if isinstance(node, ast.stmt) and not _is_docstring(node)
    )
    return file, range(first + start - 1, first + end), statements


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_watched_by_another() -> bool:
    """Whether a debugger, a profiler of lines or another measurement is active."""
    return (
        sys.gettrace() is not None
        or threading.gettrace() is not None
        or coverage.Coverage.current() is not None
    )


def _measurement(file: str) -> coverage.Coverage:
    measured = coverage.Coverage(
        data_file=None,  # in memory
        config_file=False,
        include=[re.sub(r"[][*?]", "?", file)],  # a pattern, in which those cannot be escaped
        messages=False,
    )
    measured.set_option("run:disable_warnings", _OURS_TO_TELL)
    if sys.version_info >= (3, 12):
        measured.set_option("run:core", "sysmon")
    return measured


def _ranges(statements: list[int], missing: set[int]) -> str:
    """Neighbouring statements as one range, whatever comments stand between them.

    >>> _ranges([3, 4, 6, 9, 12], {4, 6, 12})
    '4-6, 12'
    """
    runs: list[list[int]] = []
    before = False
    for line in statements:
        if line in missing:
            if before:
                runs[-1].append(line)
            else:
                runs.append([line])
        before = line in missing
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)

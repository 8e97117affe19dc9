"""A process of its own, for what may hang or die: it calls one function at a time.

Nothing inside a process ends a loop in compiled code; the process that started it can.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

from gradcheck.errors import GradcheckError
from gradcheck.processes import service
from gradcheck.processes.limits import NO_LIMITS, Limits, held, told

_START = Limits(timeout=300.0)
"""What a new process may take until it listens: it imports torch."""

_LOOK = 0.02
"""Seconds between two looks at the memory: a process fills some hundred megabytes in them."""


class EndedError(GradcheckError):
    """A worker was ended, or ended itself: the words say why.

    Attributes:
        doing: What it had last said to be doing.
    """

    doing: str = ""


class Worker:
    """A process that is started when it is first asked, and anew after it has ended.

    It is forked where that is safe: that takes some milliseconds, and importing torch seconds.

    Args:
        limits: What one call may take; where it says what it is doing, each thing that is said
            with :func:`gradcheck.processes.service.doing`.
    """

    def __init__(self, limits: Limits = NO_LIMITS) -> None:
        self.limits = limits
        self._process: Any = None
        self._owner = 0
        self._pipe: Connection | None = None
        self._supervised: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def __del__(self) -> None:
        """The thread that used it is gone."""
        with contextlib.suppress(Exception):
            self.end()

    def start(self, first: Callable[..., Any] | None = None) -> int:
        """Start the process, if there is none, with all that its first function imports.

        That may be torch, which takes seconds, and is nobody's time but ours.  Its number.
        """
        if self._process is None:
            # A daemon may have no children, and here they end with their parent anyhow.
            multiprocessing.current_process().daemon = False
            context: Any = multiprocessing.get_context("fork" if service.may_fork() else "spawn")
            self._pipe, theirs = context.Pipe()
            process = context.Process(target=service.serve, args=(theirs,), daemon=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of threads: may_fork has looked at them
                process.start()
            self._process, self._owner = process, os.getpid()
            theirs.close()
            self._ask(_START, service.nothing, first)
        number: int = self._process.pid
        return number

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of some module returns there; what it raises is raised here.

        Raises:
            EndedError: If it took too much, or the process did not survive it.
        """
        self.start(function)
        return self._ask(self.limits, function, *arguments)

    def kill(self) -> None:
        """End the process, and what it has started itself; whoever waits for it hears of that."""
        process = self._process
        if process is not None and self._owner == os.getpid():  # a copy of us is not its parent
            for group in (self._supervised, process.pid):
                if group is not None:
                    service.end_group(group)
            process.kill()

    def end(self) -> None:
        """End the process, and let go of what it took here."""
        self.kill()
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.join()
        if self._pipe:
            self._pipe.close()
        self._pipe = self._supervised = None

    def _ask(self, limits: Limits, function: Callable[..., Any], *arguments: Any) -> Any:
        assert self._pipe is not None  # noqa: S101 it has been started
        try:
            self._pipe.send((function, arguments))
            return self._answer(self._pipe, limits)
        except (EOFError, ConnectionError, OSError):
            why = f"ended the whole process{self._signal()}, without an error that could be caught"
            raise self._ended(why) from None
        except KeyboardInterrupt:
            self.end()
            raise

    def _answer(self, pipe: Connection, limits: Limits) -> Any:
        started, said, before = time.monotonic(), "", held(self._process.pid) or 0
        while True:
            if pipe.poll(_patience(limits, started)):
                kind, value = pipe.recv()
                if kind == "returned":
                    return value
                if kind == "raised":
                    raise value
                if kind == "supervises":
                    self._supervised, limits = value, NO_LIMITS
                else:
                    started, said = time.monotonic(), value
            elif limits.timeout and time.monotonic() - started >= limits.timeout:
                why = f"took longer than {limits.timeout:g} s and was ended: --timeout allows more"
                raise self._ended(why, said)
            elif limits.memory and (held(self._process.pid) or 0) - before > limits.memory:
                why = f"took more than {told(limits.memory)} and was ended: --memory allows more"
                raise self._ended(why, said)

    def _signal(self) -> str:
        if self._process is None:
            return ""
        self._process.join(timeout=1.0)
        with contextlib.suppress(TypeError, ValueError):
            return f" ({signal.Signals(-self._process.exitcode).name})"
        return ""

    def _ended(self, why: str, said: str = "") -> EndedError:
        self.end()
        error = EndedError(why)
        error.doing = said
        return error


def _patience(limits: Limits, started: float) -> float | None:
    """Seconds until somebody should look again."""
    look = _LOOK if limits.memory else None
    if not limits.timeout:
        return look
    left = max(0.0, started + limits.timeout - time.monotonic())
    return left if look is None else min(look, left)

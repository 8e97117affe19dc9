"""A process of its own, for what may hang or die: it calls one function at a time.

Nothing inside a process ends a loop in compiled code; the process that started it can.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Self

from gradcheck.errors import GradcheckError, one_line

_START = 300.0
"""Seconds that a new process may take until it listens: it imports torch."""

_HERE: list[Connection] = []
"""Inside a worker: the way to its parent."""


class EndedError(GradcheckError):
    """A worker was ended, or ended itself.

    Attributes:
        doing: What it had last said to be doing.
        is_late: Whether it took too long.
    """

    def __init__(self, doing: str, *, is_late: bool) -> None:
        super().__init__(doing)
        self.doing = doing
        self.is_late = is_late


class Worker:
    """A process that is started when it is first asked, and anew after it has ended.

    Args:
        timeout: Seconds that one call may take, or each thing in it that is said with
            :func:`doing`.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._process: Any = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of some module returns there; what it raises is raised here.

        Raises:
            EndedError: If it took too long, or the process did not survive it.
        """
        pipe = self._pipe or self._start(function)
        pipe.send((function, arguments))
        return self._answer(pipe, self._timeout)

    def end(self) -> None:
        """End the process, and what it has started itself."""
        if self._process is None:
            return
        with contextlib.suppress(OSError, AttributeError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        if self._pipe:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self, function: Callable[..., Any]) -> Connection:
        context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads half
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=False)
        self._process.start()
        theirs.close()
        self._pipe.send((_nothing, (function,)))  # there, the module of the function is imported
        self._answer(self._pipe, _START)
        return self._pipe

    def _answer(self, pipe: Connection, timeout: float) -> Any:
        said = ""
        try:
            while pipe.poll(timeout):
                kind, value = pipe.recv()
                if kind == "doing":
                    said = value
                elif kind == "raised":
                    raise value
                else:
                    return value
        except (EOFError, ConnectionError):
            self.end()
            raise EndedError(said, is_late=False) from None
        except KeyboardInterrupt:
            self.end()
            raise
        self.end()
        raise EndedError(said, is_late=True)


def doing(what: str) -> None:
    """Say what comes next; from here on it has all the time again.  Nothing outside a worker."""
    for pipe in _HERE:
        pipe.send(("doing", what))


def _serve(pipe: Connection) -> None:
    """Call what is asked for, until nobody asks any more."""
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()  # what it starts can be ended with it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.dup2(2, 1)  # what compiled code prints is no part of an answer
    _HERE.append(pipe)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            function, arguments = pipe.recv()
            pipe.send(_outcome(function, arguments))


def _nothing(_: object) -> None:
    """Do nothing."""


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        answer = ("returned", function(*arguments))
        pickle.dumps(answer)
    except GradcheckError as error:
        return "raised", type(error)(str(error))  # without a cause, which might not be sent
    except Exception as error:  # noqa: BLE001 it is raised again, on the other side
        return "raised", GradcheckError(one_line(error))
    return answer


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

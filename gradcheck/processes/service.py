"""Inside a worker: its side of the pipe, and what it says while it works."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from gradcheck.errors import GradcheckError, one_line

_HERE: list[Connection] = []
"""The way to the parent."""

_SUPERVISED: list[int] = []
"""The process that this one watches over."""

OURS = "gradcheck"
"""How the names of our own threads begin: these hold no lock that a copy would wait for."""


def serve(pipe: Connection) -> None:
    """Call what is asked for, until nobody asks any more."""
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()  # what it starts can be ended with it, and Ctrl-C is the parent's
    threading.Thread(target=_end_with_parent, name=f"{OURS}-watch", daemon=True).start()
    for inherited in _HERE:
        inherited.close()
    _HERE[:], _SUPERVISED[:] = [pipe], []
    gc.freeze()  # a collection would look at all that a fork shares with its parent, and copy it
    faulthandler.disable()  # the parent says how it ended
    _hush()
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            function, arguments = pipe.recv()
            pipe.send(_outcome(function, arguments))


def doing(what: str) -> None:
    """Say what comes next; from here on it has all the time again.  Nothing outside a worker."""
    _say("doing", what)


def supervises(process: int) -> None:
    """Say that from here on this process only watches over another, and needs no watching."""
    _SUPERVISED[:] = [process]
    _say("supervises", process)


def nothing(*_: object) -> None:
    """Do nothing; what it is given has been imported on its way here."""


def may_fork() -> bool:
    """Whether a copy of this process would be sound: no thread holds a lock, no GPU is in use."""
    others = [thread for thread in threading.enumerate() if not thread.name.startswith(OURS)]
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    return (
        sys.platform == "linux"
        and others in ([], [threading.main_thread()])
        and not (cuda and cuda.is_initialized())
    )


def end_group(process: int) -> None:
    """End a process and all that it has started, unless that has left its group."""
    with contextlib.suppress(OSError, AttributeError):
        os.killpg(process, signal.SIGKILL)


def _say(kind: str, value: object) -> None:
    for pipe in _HERE:
        pipe.send((kind, value))


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        answer = ("returned", function(*arguments))
        pickle.dumps(answer)
    except GradcheckError as error:
        return "raised", type(error)(str(error))  # without a cause, which might not be sent
    except Exception as error:  # noqa: BLE001 it is raised again, on the other side
        return "raised", GradcheckError(one_line(error))
    return answer


def _hush() -> None:
    """What compiled code prints, without end perhaps, is no part of an answer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        for process in _SUPERVISED:
            end_group(process)
        os._exit(1)

"""What an executor calls, on this machine or another: each call in a worker that can be ended."""

from __future__ import annotations

import threading
from dataclasses import replace

from gradcheck.engine import place
from gradcheck.engine.answer import Answer, lost
from gradcheck.engine.candidate import Candidate, Place
from gradcheck.engine.place import Task
from gradcheck.errors import TargetError
from gradcheck.processes.limits import Limits
from gradcheck.processes.worker import EndedError, Worker

_AGAIN = 50
"""How many imports that hang are left out, one after the other."""

_MINE = threading.local()


def find(where: Place, limits: Limits) -> tuple[list[Candidate], list[str]]:
    """All targets that a word stands for, and what was noted on the way.

    Raises:
        TargetError: If it leads nowhere, or cannot be imported.
    """
    for _ in range(_AGAIN):
        try:
            found: tuple[list[Candidate], list[str]] = _worker(where.run, limits).call(
                place.found, where
            )
        except EndedError as ended:
            why = f"importing {ended.doing or where.word} {ended}"
            if not ended.doing or ended.doing in dict(where.left_out):
                raise TargetError(why) from None
            where = replace(where, left_out=(*where.left_out, (ended.doing, why)))
        else:
            return found
    raise TargetError(f"{where.word}: {_AGAIN} of its imports had to be ended")


def check(task: Task) -> Answer:
    """The answer of one target; one that does not come back costs only its own."""
    try:
        answer: Answer = _worker(task.place.run, task.limits).call(place.checked, task)
    except EndedError as ended:
        return lost(task.name, ended, task.options.seed)
    return answer


def adopt(one: Worker, run: str = "") -> Worker:
    """Let this thread work with a worker."""
    _MINE.run, _MINE.worker = run, one
    return one


def _worker(run: str, limits: Limits) -> Worker:
    """The worker of this thread; another run has another, whose sources may have changed."""
    mine: Worker | None = getattr(_MINE, "worker", None)
    if mine is not None and (_MINE.run, mine.limits) == (run, limits):
        return mine
    if mine is not None:
        mine.end()
    return adopt(Worker(limits), run)

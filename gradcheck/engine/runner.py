"""Who finds the targets and checks them: this process, or the workers of an executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import torch

from gradcheck.choice import Wishes
from gradcheck.engine import tasks
from gradcheck.engine.answer import Answer, answered
from gradcheck.engine.candidate import Candidate, Note, Place, candidate
from gradcheck.engine.executors import executor
from gradcheck.engine.gather import gather
from gradcheck.engine.place import Task
from gradcheck.isolation import preserved_globals
from gradcheck.limits import NO_LIMITS, Limits
from gradcheck.options import Options
from gradcheck.targets import resolve


class Runner(Protocol):
    """Finds targets, and checks them."""

    def find(self, word: str, note: Note) -> Sequence[Candidate]:
        """All targets that a word stands for.

        Raises:
            TargetError: If it leads nowhere.
        """

    def run(
        self,
        chosen: Sequence[Candidate],
        options: Options,
        wishes: Wishes,
        until: float | None = None,
    ) -> Iterator[tuple[int, Answer]]:
        """The number of each target with its answer, as they come, until a time is reached."""


class Here:
    """This process: the quickest for a few, and the one in which a debugger stops."""

    def find(self, word: str, note: Note) -> Sequence[Candidate]:
        """All targets that a word stands for."""
        return [candidate(target, target) for target in resolve(word, note)]

    def run(
        self,
        chosen: Sequence[Candidate],
        options: Options,
        wishes: Wishes,
        until: float | None = None,
    ) -> Iterator[tuple[int, Answer]]:
        """One after the other; nothing can end the one that is being checked."""
        del until
        for number, one in enumerate(chosen):
            with preserved_globals():
                torch.set_num_threads(1)  # as in every worker: the same sums, to the last bit
                answer = answered(one.origin, options, wishes)
            yield number, answer


@dataclass(frozen=True)
class Apart:
    """The workers of an executor.

    Attributes:
        executor: Any at all.
        limits: What each import, and each target, may take.
        stub: Modules that are stood in for.
        run_id: Tells this run from others that the executor may have served.
    """

    executor: Executor
    limits: Limits = NO_LIMITS
    stub: tuple[str, ...] = ()
    run_id: str = ""

    def find(self, word: str, note: Note) -> Sequence[Candidate]:
        """All targets that a word stands for."""
        place = Place(word, self.stub, run=self.run_id)
        found, said = self.executor.submit(tasks.find, place, self.limits).result()
        for words in said:
            note(words)
        return found

    def run(
        self,
        chosen: Sequence[Candidate],
        options: Options,
        wishes: Wishes,
        until: float | None = None,
    ) -> Iterator[tuple[int, Answer]]:
        """As many at a time as the executor likes."""
        wanted = [Task(one.name, one.origin, options, wishes, self.limits) for one in chosen]
        return gather(self.executor, wanted, until)


@contextmanager
def chosen(
    where: str,
    jobs: int | None,
    limits: Limits,
    stub: tuple[str, ...] = (),
    *,
    is_timed: bool = False,
    is_here: bool = False,
) -> Iterator[Runner]:
    """This process, unless more than it can do is asked for, or something that it cannot."""
    if is_here or not (where or jobs or is_timed or limits != NO_LIMITS):
        yield Here()
        return
    with executor(where, jobs or 1, limits) as pool:
        yield Apart(pool, limits, stub, run_id=uuid4().hex if where else "")

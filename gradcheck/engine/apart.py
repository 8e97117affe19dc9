"""The runner that leaves targets to the workers of an executor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from gradcheck.choice.wishes import Wishes
from gradcheck.engine import tasks
from gradcheck.engine.answer import Answer
from gradcheck.engine.candidate import Candidate, Note, Place
from gradcheck.engine.gather import gather
from gradcheck.engine.place import Task
from gradcheck.options import Options
from gradcheck.processes.limits import NO_LIMITS, Limits


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

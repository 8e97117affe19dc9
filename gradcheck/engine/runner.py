"""Who finds the targets and checks them: this process, or somebody else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch

from gradcheck.choice.wishes import Wishes
from gradcheck.engine.answer import Answer, answered
from gradcheck.engine.candidate import Candidate, Note, here
from gradcheck.foreign.isolation import preserved_globals
from gradcheck.options import Options
from gradcheck.processes.limits import NO_LIMITS, Limits
from gradcheck.targets.resolve import resolve


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
        return [here(target) for target in resolve(word, note)]

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
    # A check of one layer starts without what processes and clusters need.
    from gradcheck.engine.apart import Apart  # noqa: PLC0415
    from gradcheck.engine.executors import executor  # noqa: PLC0415

    with executor(where, jobs or 1, limits) as pool:
        yield Apart(pool, limits, stub, run_id=os.urandom(8).hex() if where else "")

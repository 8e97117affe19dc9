"""The simplest case that fails, as Hypothesis finds it: drawn, then shrunk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hypothesis import find, reject, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import HypothesisException

from gradcheck.choice.variants import Base, Variant
from gradcheck.errors import ExerciseError
from gradcheck.strategies.variations import variations

Fails = Callable[[Variant], bool]
"""Whether a drawn case shows what is looked for; it may raise ExerciseError."""

DATABASE = Path(".hypothesis") / "examples"
"""Where failures are kept, in the current folder: with the properties of a project's own tests."""


@dataclass(frozen=True)
class Budget:
    """How much may be tried.

    Attributes:
        examples: Cases drawn, before one fails.
        calls: Cases tried until then, those that cannot be called included.
        shrinks: Cases tried from then on.
        seconds: Of the processor, after which no other is tried.
    """

    examples: int
    calls: int
    shrinks: int
    seconds: float


@dataclass
class Found:
    """What came of it.

    Attributes:
        failing: The cases that failed, in the order in which they were tried.
        judged: How many could be called.
        uncallable: How many could not.
    """

    failing: list[Variant] = field(default_factory=list)
    judged: int = 0
    uncallable: int = 0


class _Enough(BaseException):
    """The budget is spent."""


def search(
    bases: Sequence[Base],
    fails: Fails,
    budget: Budget,
    *,
    seed: int = 0,
    key: str = "",
    hard: bool = True,
) -> Found:
    """Draw cases until one fails, then simpler ones.

    Args:
        bases: The cases that are varied; one at least.
        fails: Asked about each.
        budget: When to stop.
        seed: From which the draws follow, unless there is a key.
        key: Under which a failure is kept, to be tried first the next time; what is new is then
            drawn anew each time.
        hard: As of :func:`variations`.
    """
    found = Found()
    end, left = time.process_time() + budget.seconds, budget.calls

    def condition(variant: Variant) -> bool:
        nonlocal left
        left -= 1
        if time.process_time() > end or left < 0:
            raise _Enough
        try:
            failed = fails(variant)
        except ExerciseError:
            found.uncallable += 1
            reject()
        found.judged += 1
        if failed and not found.failing:
            left = budget.shrinks
        found.failing += [variant] * failed
        return failed

    chosen = settings(
        max_examples=budget.examples,
        deadline=None,
        derandomize=False,
        database=DirectoryBasedExampleDatabase(DATABASE) if key else None,
    )
    with suppress(HypothesisException, _Enough):
        find(
            variations(bases, hard=hard),
            condition,
            settings=chosen,
            # Hypothesis keeps no failure of a seed; what is kept is repeated without one.
            random=None if key else Random(seed),  # noqa: S311 no secret
            database_key=key.encode() if key else None,
        )
    return found

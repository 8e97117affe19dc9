"""One check from beginning to end: the only file that knows the order.

case → subject → probe → its form → its numbers → its rounding → its promises → its derivative
all cases → causes → record
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from gradcheck import examiners, illustrate
from gradcheck.adapters import adapt, carried, placing
from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.cases.probe import take
from gradcheck.errors import CommandError, ExerciseError, one_line
from gradcheck.foreign.isolation import preserved_globals
from gradcheck.options import Options
from gradcheck.outcome import Outcome
from gradcheck.records import Record
from gradcheck.subject import Subject

DRAWS = 2

_PER_SAMPLE = (
    "right for one sample, and its author may mean no more: sum the gradient over a batch, if it "
    "is ever given one"
)
_UNPROMISED = "wrong, if anybody calls the backward there"
_GUESSED = (
    "wrong at inputs that were found by trying, and its author may mean others: name them with "
    "--input and --init, or a case in gradcheck_cases.py"
)
_SHARED = "wrong where several are equal, a convention of its own"

Change = Callable[[Subject], Subject]
"""A subject → the same with a fault in it."""

EXAMINERS = (
    examiners.form,  # is each claim a gradient at all?
    examiners.numbers,  # is it the right one?
    examiners.rounding,  # also in the dtype of the inputs?
    examiners.promises,  # and is all else kept that a backward owes?
    examiners.twice,  # is its own derivative right?
    illustrate.exhibits,  # what is there to see of it?
)


def check_cases(
    name: str,
    cases: Iterable[Case],
    options: Options,
    *,
    first: int = 0,
    change: Change | None = None,
) -> Record:
    """Check every case of a target, and gather what was found.

    ``first`` is the number of the first of them among all of the target: a case draws the same
    numbers whether it is checked among the others or by itself.  ``change`` is what fault injection
    does to each subject; why such a one is refuted is known already.

    Raises:
        ExerciseError: If no case could be built and called; where some can, those that cannot
            are listed as unverified.
    """
    started = time.perf_counter()
    outcome = Outcome(options)
    for number, case in enumerate(cases, start=first):
        try:
            with preserved_globals(), placing.on(options.device):
                _check_or_tell(case, seed_of(options.seed, number), outcome, change)
        except ExerciseError as error:
            outcome.failed(case, error)
        except CommandError:
            raise
        except Exception as error:  # noqa: BLE001 somebody's code may raise from anywhere
            failure = ExerciseError(f"{name} raised {one_line(error)}")
            failure.__cause__ = error
            outcome.failed(case, failure)
    if change is None:
        if outcome.is_refuted:  # else nobody's code is called again
            with preserved_globals(), placing.on(options.device):
                outcome.explain()
        illustrate.excerpts(outcome)
    return outcome.record(name, started)


def _check_or_tell(case: Case, seed: int, outcome: Outcome, change: Change | None) -> None:
    """Check a case; where its author may not promise a gradient, or which, only tell what is wrong.

    Raises:
        ExerciseError: If it is.
    """
    only_told = case.spec is not None and case.spec.only_told
    per_sample = case.spec is not None and case.spec.per_sample
    if not (only_told or case.shares_freely or case.guessed or per_sample):
        _check_case(case, seed, outcome, change)
        return
    aside = outcome.aside()
    _check_case(case, seed, aside, change)
    if only_told and aside.wrong is not None:
        raise ExerciseError(f"{_UNPROMISED}: {aside.wrong.leaf}: {aside.wrong.message}")
    if case.shares_freely and aside.wrong is not None and aside.wrong.cause == "kink":
        raise ExerciseError(f"{_SHARED}: {aside.wrong.message}")
    if case.guessed or per_sample:
        if aside.is_refuted:
            aside.explain()
        aside.doubt(_PER_SAMPLE if per_sample else _GUESSED)
    outcome.adopt(aside)


def _check_case(case: Case, seed: int, outcome: Outcome, change: Change | None) -> None:
    outcome.note_if_further(case)
    device = outcome.options.device
    with placing.on(device and "cpu"):
        made = case.make(seed)
    instance, inputs = placing.placed(*made, device)
    subject = carried.over(lambda: adapt(instance, inputs, case.options), case.told)
    subject = case.intention.applied(subject)
    subject = case.then(subject) if case.then else subject
    subject = subject if change is None else change(subject)
    seeds = tuple(seed_of(seed, draw) for draw in range(DRAWS))
    with outcome.watched(case, instance):
        probe = take(subject, seeds, move_weights=not case.is_users)
    outcome.exercised(probe)
    question = examiners.Question(probe, case.label, outcome.options)
    positions = tuple(range(len(subject.leaves)))
    for examine in EXAMINERS:
        positions = examine(question, positions, outcome)

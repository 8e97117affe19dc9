"""From targets to results: choose the cases of each, check them, lose none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from gradcheck.adapters import rules
from gradcheck.adapters.compositions import composed_object
from gradcheck.adapters.unbound import as_meant
from gradcheck.cases.case import Case
from gradcheck.choice.choose import cases_of
from gradcheck.choice.doubled import (
    MADE,
    NUMBERS,
    by_habit,
    in_double,
    may_be_rewritten,
    may_be_rounded,
    numbers_in_double,
)
from gradcheck.choice.rounded import with_its_digits
from gradcheck.choice.used import operations_used
from gradcheck.choice.wishes import NO_WISHES, Wishes
from gradcheck.errors import CommandError, ExerciseError, one_line
from gradcheck.examples import beside as examples
from gradcheck.examples.smallest import Asked
from gradcheck.foreign import old_names
from gradcheck.foreign.epsilons import LEFT_OUT, TINY, holds_epsilon, without_epsilons
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.widening import NOTE
from gradcheck.options import Options
from gradcheck.pipeline import check_cases
from gradcheck.records import Finding, Record, Verdict
from gradcheck.result import Result
from gradcheck.targets.resolve import Target
from gradcheck.training import parity, trajectory

Listener = Callable[[Target, int], None]
"""Told which target comes next, and how many are done."""

Complaint = Callable[[ExerciseError], None]
"""Told why a target could not be exercised."""


def run(
    targets: Sequence[Target],
    options: Options,
    wishes: Wishes = NO_WISHES,
    on_start: Listener = lambda target, done: None,  # noqa: ARG005 nobody listens
    on_error: Complaint = lambda error: None,  # noqa: ARG005 the same
) -> Iterator[Result]:
    """Check one target after another; one that cannot be exercised costs only its own answer."""
    for done, target in enumerate(targets):
        on_start(target, done)
        try:
            with silenced(), preserved_globals():
                result = check_target(target, options, wishes)
        except ExerciseError as error:
            on_error(error)
            result = _unexercised(target, error, options)
        except (CommandError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 somebody's code, met where none is expected
            failure = ExerciseError(f"{target.name} raised {one_line(error)}")
            failure.__cause__ = error
            on_error(failure)
            result = _unexercised(target, failure, options)
        yield result


def _unexercised(target: Target, error: ExerciseError, options: Options) -> Result:
    finding = Finding("exercise", None, Verdict.UNDECIDED, message=str(error))
    return Result(target.name, (finding,), seed=options.seed)


def weight(target: Target) -> int:
    """How long a target takes, roughly: a layer, an optimizer's steps, a whole training."""
    if parity.recognises(target.object):
        return 2
    return int(rules.recognises(target.object))


def check_target(target: Target, options: Options, wishes: Wishes = NO_WISHES) -> Result:
    """Check one class or instance, in the cases that it suggests or the user wishes.

    A recipe is trained, here and in torch; an optimizer is stepped, beside torch's.

    Raises:
        ExerciseError: If it cannot be built or called.
    """
    target = replace(target, object=composed_object(target.object) or as_meant(target.object))
    if parity.recognises(target.object):
        record = parity.check(target.name, target.object, options.seed, exhibits=options.exhibits)
        return Result.of(record)
    if rules.recognises(target.object):
        return Result.of(trajectory.check(target.name, target.object, options.seed))
    examples.require(options)
    try:
        return _checked(target, options, wishes)
    except ExerciseError as refused:
        if may_be_rewritten(target.object):
            raise  # asked so from the beginning
        with suppress(ExerciseError), numbers_in_double():
            found = _checked(target, options, wishes)
            return replace(found, notes=(MADE, *found.notes))
        raise refused from None


def _checked(target: Target, options: Options, wishes: Wishes) -> Result:
    """With the dtype that its code makes things in as it is."""
    with old_names.answered() as old, by_habit(target.object):
        cases = cases_of(target, wishes)
        asked = Asked(target, cases, options, wishes, functools.partial(_again, target))
        found = with_its_digits(target.object, cases, _judged(target, cases, options))
        record = examples.told(asked, found)
    if record.verdict == Verdict.REFUTED:
        record = replace(record, notes=(*record.notes, *_blamed(target, cases, options)))
    if old:
        record = replace(record, notes=(*record.notes, old_names.said(old)))
    return Result.of(record)


_BLAMED = "it calls {name}, which is wrong by itself: look there first"


def _blamed(target: Target, cases: Sequence[Case], options: Options) -> Iterator[str]:
    """The operations of its engine that a wrong layer calls, and that are wrong by themselves."""
    for name, one in operations_used(target.object, cases[0]).items():
        with suppress(ExerciseError):
            if check_target(Target(name, one), options).verdict == Verdict.REFUTED:
                yield _BLAMED.format(name=name)


def _again(target: Target, wishes: Wishes, options: Options) -> Record:
    """The same target in other cases."""
    return _judged(target, cases_of(target, wishes), options)


def check_case(target: Target, case: Case, options: Options, *, number: int) -> Result:
    """Check one case of a target by itself, with the draws that it has among the others.

    Raises:
        ExerciseError: If it cannot be built or called.
    """
    with silenced(), preserved_globals(), old_names.answered(), by_habit(target.object):
        return Result.of(_judged(target, [case], options, first=number))


def _judged(target: Target, cases: Sequence[Case], options: Options, first: int = 0) -> Record:
    """What is found of it: of code that computes in float32 by habit, in float64."""
    with in_double(target.object, cases) as is_wide:
        record = _with_epsilons(target, cases, options, first)
    if is_wide:
        return replace(record, notes=(NOTE, *record.notes))
    return _with_numbers(target, cases, options, first, record)


def _with_numbers(
    target: Target, cases: Sequence[Case], options: Options, first: int, record: Record
) -> Record:
    """What was found; where gradients are off by a rounding, with numbers in float64."""
    errors = [_error_of(found) for found in record.findings if found.verdict != Verdict.VERIFIED]
    if not errors or not may_be_rounded(target.object, errors):
        return record
    with numbers_in_double():
        wide = check_cases(target.name, cases, options, first=first)
    if wide.verdict != Verdict.VERIFIED:
        return record
    return replace(wide, notes=(NUMBERS.format(error=max(errors)), *wide.notes))


def _with_epsilons(target: Target, cases: Sequence[Case], options: Options, first: int) -> Record:
    """What is found; where gradients alone are amiss, also of the code without its epsilons."""
    record = check_cases(target.name, cases, options, first=first)
    amiss = [found for found in record.findings if found.verdict != Verdict.VERIFIED]
    errors = [_error_of(found) for found in amiss]
    if not amiss or not all(errors) or not may_be_rewritten(target.object):
        return record
    if not holds_epsilon(target.object):
        return record
    for nothing in (0.0, TINY):
        with suppress(ExerciseError), without_epsilons(target.object, nothing):
            without = check_cases(target.name, cases, options, first=first)
            if without.verdict != Verdict.VERIFIED:
                return record
            return replace(without, notes=(LEFT_OUT.format(error=max(errors)), *without.notes))
    return record  # its author's code refuses to be called so


def _error_of(found: Finding) -> float:
    """How far a gradient is from what was measured, decided or not; 0 where nothing was."""
    if found.check != "gradient":
        return 0.0
    return found.error or max((one.error or 0.0 for one in found.comparisons), default=0.0)

"""Constructors and inputs are tried until one lets most be checked.

A try is as good as what it lets be checked: a forward that runs, a backward that runs, claims that
have the sizes of their leaves.  The first that is best is taken.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from gradcheck.adapters.optimizer import Descent
from gradcheck.adapters.shape import method_of, required_names
from gradcheck.adapters.vocabulary import CLEAR
from gradcheck.cases.feeds import COUNTS
from gradcheck.cases.guesses import missing
from gradcheck.cases.preparation import Call, Setting
from gradcheck.cases.roles import is_unsaid
from gradcheck.cases.spec import Shape, Siblings, Spec
from gradcheck.choice.attempt import BUILT, GOOD, NOTHING, PULLS, RUNS, Attempt, attempt
from gradcheck.choice.candidates import Candidates
from gradcheck.errors import UntoldError, causes
from gradcheck.foreign.signatures import parameters

_ATTEMPTS = 900
_FEW = 40
_LACKS = 3
# Inputs of so many shapes find the same None: no other shape mends that.
_LASTS = 8
# So many more are tried where some tensor of the object has no gradient.
_MORE = 60
# Of computing, not of waiting: a busy machine finds what an idle one does.
SECONDS = 6.0
_PADDING = re.compile(r"pad(ding)?(_?size)?", re.IGNORECASE)


def searched(target: type, siblings: Siblings, shapes: tuple[Shape, ...]) -> Attempt:
    """The first that is best: a container filled, the class as it is, or prepared."""
    candidates = Candidates(target, shapes)
    filled = _first_best(target, siblings, candidates.filled(), _FEW)
    if filled.reach == GOOD:
        return filled
    plain = _first_best(
        target, siblings, candidates.plain(), _ATTEMPTS, unprepared=candidates.are_prepared
    )
    if plain.reach >= RUNS and not (candidates.are_prepared and _is_unprepared(plain)):
        return _eased(target, _cleared(target, plain, siblings), siblings)
    prepared = _first_best(target, siblings, candidates.prepared(), _ATTEMPTS)
    return prepared if prepared.is_better_than(plain) else plain


def _is_unprepared(found: Attempt) -> bool:
    """Whether its backward looks for what nobody has put there: ``compile(lr)`` may do so."""
    lacks = (KeyError, AttributeError)
    return found.reach == RUNS and any(isinstance(one, lacks) for one in causes(found.raised))


def _cleared(target: type, found: Attempt, siblings: Siblings) -> Attempt:
    """After its gradients are set to zero, where its backward raises as long as there are none."""
    name = method_of(target, "zero_grad", CLEAR)
    if found.reach != RUNS or name is None or required_names(target, name):
        return found
    after = replace(found.spec, calls=(*found.spec.calls, Call(name)))
    cleared = attempt(target, after, siblings)
    return cleared if cleared.reach == GOOD else found


def _eased(target: type, found: Attempt, siblings: Siblings) -> Attempt:
    """One sample, or no padding, where the backward raises at all that was tried; and that is said.

    A backward that fails with a batch, or with a border, may be right without.
    """
    if found.reach != RUNS or found.raised is None or isinstance(found.raised, UntoldError):
        return found
    tried = (attempt(target, spec, siblings) for spec in _easier(found.spec))
    best = next((one for one in tried if one.reach == GOOD), None)
    return replace(best, refused=found.spec) if best else found


def _easier(spec: Spec) -> Iterator[Spec]:
    bare = {name: 0 if _PADDING.fullmatch(name) else value for name, value in spec.options.items()}
    alone = tuple((1, *shape[1:]) for shape in spec.shapes)
    if bare != dict(spec.options):
        yield replace(spec, options=bare)
    if all(shape[:1] not in {(), (1,)} for shape in spec.shapes):
        yield replace(spec, shapes=alone)
        yield replace(spec, options=bare, shapes=alone)


def _first_best(
    target: type,
    siblings: Siblings,
    specs: Iterator[Spec],
    most: int,
    *,
    unprepared: bool = False,
) -> Attempt:
    """Until one is good, or the time is up; what cannot be built is not fed again.

    Nor is what lacks an attribute, where it is ``unprepared``: no input gives it that.
    """
    left = most
    best = Attempt(Spec(), -1)
    refused: list[Spec] = []
    unsummed: list[Spec] = []
    unfit: list[Mapping[str, Any]] = []
    unsaid, for_nothing = any(map(is_unsaid, parameters(target))), 0
    until = time.thread_time() + SECONDS
    for spec in specs:
        if any(options is spec.options for options in unfit) or _is_in_vain(spec, best):
            continue
        left -= 1
        tried = _supplied(target, attempt(target, spec, siblings), siblings)
        if tried.is_better_than(best):
            best = tried
        if isinstance(tried.raised, UntoldError):
            break  # at fewer numbers many a loss looks like another
        if tried.reach == RUNS and tried.raised is not None:
            refused.append(tried.spec)
        if tried.is_unsummed:
            unsummed.append(tried.spec)
        if best.reach == GOOD:
            # Where a size of one has broadcast a weight, another size shows its gradient.
            left = min(left, _MORE) if best.uncovered else 0
            unfit.append(best.spec.options)
        if left <= 0 or time.thread_time() > until:
            break
        lacks = unprepared and tried.reach == BUILT and _lacking(target, tried.raised) != ""
        unbuilt = tried.reach == NOTHING and not spec.calls
        for_nothing += unsaid and _is_for_none(tried.raised)
        if unbuilt or lacks or for_nothing == _LASTS or _asks_in_vain(tried.raised, spec):
            unfit.append(spec.options)
            for_nothing = 0
    return replace(
        best,
        refused=next((one for one in refused if _is_like(one, best.spec)), None),
        unsummed=next((one for one in unsummed if _is_like(one, best.spec)), None),
    )


def _is_in_vain(spec: Spec, best: Attempt) -> bool:
    """Whether it has a number where a forward runs with a tensor: its gradient may be forgotten.

    So too where there is but one number, and one was made of many: that each has a slope of its own
    shows only there.
    """
    alone = bool(spec.shapes) and all(prod(shape) == 1 for shape in spec.shapes)
    if alone and best.adds_up and best.reach >= PULLS:
        return True
    return best.reach >= RUNS and not COUNTS.keys().isdisjoint(spec.kinds)


def _is_like(one: Spec, other: Spec) -> bool:
    """Whether both are of the same numbers, and prepared by the same calls."""
    # As they are written: what is in a weight decides nothing.
    calls = [list(map(str, spec.calls)) for spec in (one, other)]
    return one.arrays == other.arrays and calls[0] == calls[1]


def _asks_in_vain(raised: BaseException | None, spec: Spec) -> bool:
    """Whether it lacked an attribute of what it was built with: no other input mends that.

    Where an input is a number, too, it may have been that one's: Python has but one 2.
    """
    if not COUNTS.keys().isdisjoint(spec.kinds):
        return False
    values = spec.options.values()
    given = [value for value in values if isinstance(value, str | int | float | tuple)]
    return any(
        isinstance(one, AttributeError) and any(one.obj is value for value in given)
        for one in causes(raised)
    )


def _is_for_none(raised: BaseException | None) -> bool:
    """Whether something was None that should not be: perhaps an argument that was left out."""
    return any(isinstance(one, TypeError) and "NoneType" in str(one) for one in causes(raised))


def _supplied(target: type, tried: Attempt, siblings: Siblings) -> Attempt:
    """The attempt again with what the instance lacks, as far as its name says what that is."""
    for _ in range(_LACKS):
        name = _lacking(target, tried.raised)
        value = missing(name, Descent) if name else None
        if value is None or name in {getattr(one, "name", "") for one in tried.spec.calls}:
            break
        calls = (Setting(name, value), *tried.spec.calls)
        tried = attempt(target, replace(tried.spec, calls=calls), siblings)
    return tried


def _lacking(target: type, raised: BaseException | None) -> str:
    """The attribute for want of which an instance of the target stopped."""
    lacks = [one for one in causes(raised) if isinstance(one, AttributeError)]
    return next((one.name or "" for one in lacks if isinstance(one.obj, target)), "")

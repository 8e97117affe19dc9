"""Which cases of a function are checked: what its names suggest, its callers give, or works."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.adapters import is_torch_function, signature_of
from gradcheck.adapters.function import is_missed
from gradcheck.cases.calls import call_for
from gradcheck.cases.case import Case, called, given
from gradcheck.cases.felt import Step
from gradcheck.cases.libraries import as_arrays, kinds_of_numbers
from gradcheck.cases.plan import Call
from gradcheck.cases.spec import Spec
from gradcheck.choice.asked import otherwise_shaped
from gradcheck.choice.blocks import beyond_blocks
from gradcheck.choice.broadcast import stretching
from gradcheck.choice.callers import case_of_callers
from gradcheck.choice.compared import compared
from gradcheck.choice.dtypes import in_dtypes
from gradcheck.choice.elsewhere import elsewhere
from gradcheck.choice.lengths import lengthened
from gradcheck.choice.meant import as_meant
from gradcheck.choice.optional import without_optional
from gradcheck.choice.reach import codes_of, reach_of
from gradcheck.choice.several import with_a_second
from gradcheck.choice.symmetric import means_symmetric
from gradcheck.choice.trial import outputs_of, trial_of, trying
from gradcheck.choice.wishes import Wishes, init_of
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import parameters
from gradcheck.targets.resolve import Target


def cases_of_function(target: Target, wishes: Wishes) -> list[Case]:
    """Nobody makes an instance of it: what ``--init`` says are constants of its forward.

    What its names suggest goes first, then what its own author gives it, then trying anything.

    Raises:
        ExerciseError: If nothing does.
    """
    if wishes.inputs:
        return [given(target.object, wishes.inputs)]
    is_torchs = is_torch_function(target.object)
    kinds = (False,) if is_torchs else kinds_of_numbers(target.object)
    found = _cases_of_calls(target, wishes, kinds, quick=is_torchs and not wishes.says_how)
    if isinstance(found, list) and not (is_torchs and _misses(found[0])):
        return found
    as_author = case_of_callers(target.object) if is_torchs and not wishes.says_how else None
    if as_author is not None and not (isinstance(found, list) and _misses(as_author)):
        return [as_author]
    if not isinstance(found, list) and is_torchs:
        found = _cases_of_calls(target, wishes, kinds)
    if isinstance(found, ExerciseError):
        raise found
    return found


def _cases_of_calls(
    target: Target, wishes: Wishes, kinds: Sequence[bool], *, quick: bool = False
) -> list[Case] | ExerciseError:
    """With tensors or with arrays; why not, where neither works."""
    refusal: ExerciseError | None = None
    for arrays in kinds:
        try:
            call = _call(target, wishes, arrays=arrays, quick=quick)
            call = call if wishes.shapes else _meant_by_author(target, call)
            others = () if wishes.shapes else _others(target, call)
            cases = [called(target.object, call), *others]
            doubtful = not wishes.shapes and means_symmetric(target.object, call)
            return [replace(case, guessed=True) for case in cases] if doubtful else cases
        except ExerciseError as error:
            refusal = refusal or error
    return refusal or ExerciseError(f"{target.name} has no forward")


def _misses(case: Case) -> bool:
    """Whether it has no gradient for a tensor that its outputs move with."""
    try:
        with trying():
            return any(is_missed(leaf) for leaf in trial_of(case).subject.leaves)
    except ExerciseError:
        return False


def _others(target: Target, call: Call) -> Iterator[Case]:
    """Other constants and inputs, and without what may be left out."""
    constants = call.plan.constants
    asked = parameters(signature_of(target.object))
    options = [p.replace(default=constants[p.name]) for p in asked if p.name in constants]
    words = tuple(compared(target.object, constants))
    build = _building(target, call)
    others = (
        *elsewhere(options, call.spec, build, words=words),
        *beyond_blocks(target.object, call.spec, build),
        *without_optional(call.spec, _optional(asked, call), build),
        *stretching(call.spec, build),
        *lengthened(call.spec, build),
        *otherwise_shaped(target.object, call.spec, build),
        *in_dtypes(target.object, call.spec),
    )
    for spec in others:
        case = called(target.object, call.at(spec))
        yield replace(case, extra=spec.extra, further=True, shares_freely=spec.shares_freely)
    yield from with_a_second(target.object, call)


def _meant_by_author(target: Target, call: Call) -> Call:
    found = call.spec
    meant = as_meant(found, _building(target, call))
    return call if meant is found else call.at(meant)


def _building(target: Target, call: Call) -> Callable[[Spec], Case]:
    """From a spec like that of a call to its case."""
    return lambda one: called(target.object, call.at(one))


def _optional(asked: Sequence[inspect.Parameter], call: Call) -> list[str]:
    """The names of what is no constant, and may be None; for the others, nothing."""
    may_be_none = {p.name for p in asked if p.default is None}
    return [name if name in may_be_none else "" for name in call.plan.free]


def _call(target: Target, wishes: Wishes, *, arrays: bool, quick: bool = False) -> Call:
    methods = [*codes_of(target.object)]

    def reach(inputs: Sequence[Any], *, slopes: bool = False) -> Step:
        values = as_arrays(inputs) if arrays else inputs
        return reach_of(given(target.object, values), methods, slopes=slopes)

    def why(inputs: Sequence[Any]) -> str:
        try:
            outputs_of(given(target.object, as_arrays(inputs) if arrays else inputs))
        except ExerciseError as error:
            return str(error)
        return ""

    with trying():
        return call_for(
            target.name,
            signature_of(target.object),
            reach,
            init=init_of(target.object, wishes.init),
            shapes=wishes.shapes,
            arrays=arrays,
            quick=quick,
            why=why,
        )

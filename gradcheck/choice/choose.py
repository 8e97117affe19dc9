"""Which cases of a target are checked: what the user wishes, a declaration says, or works."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gradcheck.adapters import (
    inputs_of,
    is_function,
    is_torch_function,
    recognised,
    signature_of,
)
from gradcheck.adapters.function import is_missed
from gradcheck.adapters.shape import is_unfinished
from gradcheck.cases.calls import call_for
from gradcheck.cases.case import Case, called, constructed, drawn, given
from gradcheck.cases.expression import parse_init
from gradcheck.cases.felt import Step
from gradcheck.cases.inference import cases_for, known_cases, siblings_of
from gradcheck.cases.libraries import as_arrays, kinds_of_numbers
from gradcheck.cases.plan import Call
from gradcheck.cases.spec import Init, Shape, Siblings, Spec
from gradcheck.choice.asked import otherwise_shaped
from gradcheck.choice.blocks import beyond_blocks
from gradcheck.choice.broadcast import stretching
from gradcheck.choice.callers import case_of_callers
from gradcheck.choice.compared import compared
from gradcheck.choice.declarations import Declaration, declared_for
from gradcheck.choice.dtypes import in_dtypes
from gradcheck.choice.elsewhere import elsewhere
from gradcheck.choice.exercise import chosen, with_its_numbers
from gradcheck.choice.instances import fed
from gradcheck.choice.lengths import lengthened
from gradcheck.choice.meant import as_meant
from gradcheck.choice.optional import without_optional
from gradcheck.choice.reach import codes_of, reach_of
from gradcheck.choice.symmetric import means_symmetric
from gradcheck.choice.together import behind
from gradcheck.choice.trial import outputs_of, trial_of, trying
from gradcheck.errors import CommandError, ExerciseError, one_line
from gradcheck.foreign.isolation import pin_random_numbers, preserved_globals
from gradcheck.foreign.signatures import parameters
from gradcheck.intention import AS_IT_IS, Intention
from gradcheck.targets.resolve import Broken, Target, resolve


@dataclass(frozen=True)
class Wishes:
    """What the user says about the cases: nothing, as a rule.

    Attributes:
        init: The constructor's arguments, as one would write them in a call.
        shapes: One shape for each input, to draw them in.
        inputs: The inputs themselves.
        intention: What the author means to deviate in.
        loss: The name of the loss to put behind it, if any.
    """

    init: str | None = None
    shapes: tuple[Shape, ...] = ()
    inputs: tuple[Any, ...] = ()
    intention: Intention = AS_IT_IS
    loss: str = ""

    @property
    def says_how(self) -> bool:
        """Whether it says what to build or call."""
        return bool(self.init is not None or self.shapes or self.inputs)


NO_WISHES = Wishes()


def cases_of(target: Target, wishes: Wishes = NO_WISHES) -> list[Case]:
    """The cases that a target suggests or the user wishes, in their order.

    Raises:
        ExerciseError: If nothing says how to build or call it.
    """
    cases = _cases_of(target, wishes)
    if not wishes.loss:
        return cases
    found = resolve(wishes.loss)
    if len(found) != 1:
        raise CommandError(f"--with-loss {wishes.loss} names {len(found)} targets: name one loss")
    then = behind(found[0])
    return [replace(case, then=then) for case in cases]


def _cases_of(target: Target, wishes: Wishes) -> list[Case]:
    if isinstance(target.object, Broken):
        raise ExerciseError(target.object.reason)
    if not recognised(target.object):
        raise ExerciseError(_unrecognised(target))
    declared = declared_for(target.name, target.object)
    if wishes.says_how or not any(one.says_how for one in declared):
        meant = [wishes.intention, *(one.intention for one in declared)]
        intention = next((one for one in meant if one), wishes.intention)
        return _meant(_suggested(target, wishes), intention)
    return [
        case
        for one in declared
        for case in _meant(_declared(target, one), wishes.intention or one.intention)
    ]


def _meant(cases: Sequence[Case], intention: Intention) -> list[Case]:
    return [replace(case, intention=intention) for case in cases]


def _declared(target: Target, one: Declaration) -> list[Case]:
    if one.make is None:
        return _suggested(target, Wishes(one.init, one.shapes))
    try:
        instance, inputs = one.make()
        return [given(instance, tuple(inputs))]
    except (Exception, SystemExit) as error:
        raise ExerciseError(f"the declared case of {target.name} raised {one_line(error)}") from (
            error
        )


def _suggested(target: Target, wishes: Wishes) -> list[Case]:
    """What the user wishes, the catalogue has, or works."""
    if is_function(target.object):
        return _cases_of_function(target, wishes)
    if inspect.isclass(target.object):
        return _cases_of_class(target, wishes)
    return _cases_of_instance(target, wishes)


def _cases_of_function(target: Target, wishes: Wishes) -> list[Case]:
    """Nobody makes an instance of it: what ``--init`` says are constants of its forward.

    What its names suggest goes first, then what its own author gives it, then trying anything.
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
            init=_init(target.object, wishes.init),
            shapes=wishes.shapes,
            arrays=arrays,
            quick=quick,
            why=why,
        )


def _cases_of_class(target: Target, wishes: Wishes) -> list[Case]:
    siblings = siblings_of(target.object)
    specs = _specs(target, wishes, siblings)
    if wishes.inputs:
        return [constructed(target.object, specs[0], siblings, wishes.inputs)]
    return [constructed(target.object, spec, siblings) for spec in specs]


def _specs(target: Target, wishes: Wishes, siblings: Siblings) -> tuple[Spec, ...]:
    """The user's own case, the catalogue's, or what works."""
    if wishes.init is not None or wishes.inputs:
        specs = cases_for(
            target.object,
            init=_init(target.object, wishes.init),
            shapes=wishes.shapes,
            inputs=inputs_of(target.object),
        )
        return specs if wishes.inputs else with_its_numbers(target.object, specs, siblings)
    known = known_cases(target.object, wishes.shapes)
    return chosen(target.object, known, siblings, wishes.shapes)


def _init(target: type, text: str | None) -> Init | None:
    """The user's words, in which may appear its package and the names of its own module."""
    if text is None:
        return None
    top = target.__module__.partition(".")[0]
    known = {"torch": torch, "np": np, "numpy": np, top: sys.modules.get(top)}
    with preserved_globals():
        pin_random_numbers()  # layers that are built here have weights
        return parse_init(text, {**known, **vars(sys.modules[target.__module__])})


def _cases_of_instance(target: Target, wishes: Wishes) -> list[Case]:
    if wishes.init is not None:
        raise ExerciseError(f"{target.name} is an instance, built already: leave out --init")
    if wishes.inputs:
        return [given(target.object, wishes.inputs)]
    if wishes.shapes:
        return [drawn(target.object, Spec(shapes=wishes.shapes))]
    if found := fed(target.object):
        return found
    what = "a function" if inspect.isroutine(target.object) else "an instance"
    raise ExerciseError(
        f"{target.name} is {what}, and nothing that was tried fits: give the inputs, "
        "or on the command line the shape of each, as in --input 4,3"
    )


def _unrecognised(target: Target) -> str:
    if is_unfinished(target.object):
        return f"{target.name} is not finished: its backward only raises, or does nothing"
    kind = "class" if inspect.isclass(target.object) else type(target.object).__name__
    return (
        f"{target.name} ({kind}) is no hand-written backward that is known here: expected "
        "forward(*inputs) with backward(grad_output), forward(input, target) with backward(), "
        "or gradcheck.Pair(forward, backward)"
    )

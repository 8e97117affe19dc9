"""From targets to results: choose the cases of each, check them, lose none."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gradcheck import old_names, parity, trajectory
from gradcheck.adapters import adapt, function, inputs_of, is_function, recognised, rules
from gradcheck.adapters.unbound import as_meant
from gradcheck.cases.calls import calls_for
from gradcheck.cases.case import Case, called, constructed, drawn, given
from gradcheck.cases.expression import parse_init
from gradcheck.cases.inference import cases_for, known_cases, siblings_of
from gradcheck.cases.spec import Init, Shape, Spec
from gradcheck.declarations import Declaration, declared_for
from gradcheck.epsilons import LEFT_OUT, holds_epsilon, without_epsilons
from gradcheck.errors import BackwardError, CommandError, ExerciseError, one_line
from gradcheck.exercise import chosen, in_double, may_be_rewritten, with_its_numbers
from gradcheck.intention import AS_IT_IS, Intention
from gradcheck.isolation import preserved_globals, silenced
from gradcheck.options import Options
from gradcheck.pipeline import check_cases
from gradcheck.records import Finding, Record, Verdict
from gradcheck.result import Result
from gradcheck.targets import Broken, Target, resolve
from gradcheck.together import behind
from gradcheck.widening import NOTE


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


def check_target(target: Target, options: Options, wishes: Wishes = NO_WISHES) -> Result:
    """Check one class or instance, in the cases that it suggests or the user wishes.

    A recipe is trained, here and in torch; an optimizer is stepped, beside torch's.

    Raises:
        ExerciseError: If it cannot be built or called.
    """
    target = replace(target, object=as_meant(target.object))
    if parity.recognises(target.object):
        record = parity.check(target.name, target.object, options.seed, exhibits=options.exhibits)
        return Result.of(record)
    if rules.recognises(target.object):
        return Result.of(trajectory.check(target.name, target.object, options.seed))
    with old_names.answered() as asked:
        record = _judged(target, cases_of(target, wishes), options)
    if asked:
        record = replace(record, notes=(*record.notes, old_names.said(asked)))
    return Result.of(record)


def check_case(target: Target, case: Case, options: Options, *, number: int) -> Result:
    """Check one case of a target by itself, with the draws that it has among the others.

    Raises:
        ExerciseError: If it cannot be built or called.
    """
    with silenced(), preserved_globals(), old_names.answered():
        return Result.of(_judged(target, [case], options, first=number))


def _judged(target: Target, cases: Sequence[Case], options: Options, first: int = 0) -> Record:
    """What is found of it: of code that computes in float32 by habit, in float64."""
    with in_double(target.object, cases) as is_wide:
        record = _with_epsilons(target, cases, options, first)
    return replace(record, notes=(NOTE, *record.notes)) if is_wide else record


def _with_epsilons(target: Target, cases: Sequence[Case], options: Options, first: int) -> Record:
    """What is found; where gradients alone are wrong, also of the code without its epsilons."""
    record = check_cases(target.name, cases, options, first=first)
    wrong = [found for found in record.findings if found.verdict == Verdict.REFUTED]
    errors = [found.error for found in wrong if found.check == "gradient" and found.error]
    if not wrong or len(errors) < len(wrong) or not may_be_rewritten(target.object):
        return record
    if not holds_epsilon(target.object):
        return record
    with without_epsilons(target.object):
        without = check_cases(target.name, cases, options, first=first)
    if without.verdict != Verdict.VERIFIED:
        return record
    return replace(without, notes=(LEFT_OUT.format(error=max(errors)), *without.notes))


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
    """Nobody makes an instance of it: what ``--init`` says are constants of its forward."""
    if wishes.inputs:
        return [given(target.object, wishes.inputs)]

    def fits(inputs: Sequence[Any]) -> bool:
        try:
            with preserved_globals():
                subject = adapt(target.object, inputs, {})
                outputs = subject.forward(tuple(leaf.value for leaf in subject.leaves))
        except BackwardError:
            return True
        except ExerciseError:
            return False
        return all(bool(torch.isfinite(output).all()) for output in outputs)

    calls = calls_for(
        target.name,
        function.signature_of(target.object),
        fits,
        init=_init(target.object, wishes.init),
        shapes=wishes.shapes,
    )
    return [called(target.object, call) for call in calls]


def _cases_of_class(target: Target, wishes: Wishes) -> list[Case]:
    siblings = siblings_of(target.object)
    specs = _specs(target, wishes)
    if wishes.inputs:
        return [constructed(target.object, specs[0], siblings, wishes.inputs)]
    return [constructed(target.object, spec, siblings) for spec in specs]


def _specs(target: Target, wishes: Wishes) -> tuple[Spec, ...]:
    """The user's own case, the catalogue's, or what works."""
    siblings = siblings_of(target.object)
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
    return parse_init(text, {**known, **vars(sys.modules[target.__module__])})


def _cases_of_instance(target: Target, wishes: Wishes) -> list[Case]:
    if wishes.init is not None:
        raise ExerciseError(f"{target.name} is an instance, built already: leave out --init")
    if wishes.inputs:
        return [given(target.object, wishes.inputs)]
    if wishes.shapes:
        return [drawn(target.object, wishes.shapes)]
    raise ExerciseError(
        f"{target.name} is an instance, and nothing says what to feed it: give the inputs, "
        "or on the command line the shape of each, as in --input 4,3"
    )


def _unrecognised(target: Target) -> str:
    kind = "class" if inspect.isclass(target.object) else type(target.object).__name__
    return (
        f"{target.name} ({kind}) is no hand-written backward that is known here: expected "
        "forward(*inputs) with backward(grad_output), forward(input, target) with backward(), "
        "or gradcheck.Pair(forward, backward)"
    )

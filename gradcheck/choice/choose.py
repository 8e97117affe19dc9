"""Which cases of a target are checked: what the user wishes, a declaration says, or works."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from gradcheck.adapters import inputs_of, is_function, recognised
from gradcheck.adapters.shape import is_unfinished
from gradcheck.cases.case import Case, constructed, drawn, given
from gradcheck.cases.inference import cases_for, known_cases, siblings_of
from gradcheck.cases.spec import Siblings, Spec
from gradcheck.choice.declarations import Declaration, declared_for, intention_of_function
from gradcheck.choice.doubled import where_it_runs
from gradcheck.choice.exercise import chosen, with_its_numbers
from gradcheck.choice.functions import cases_of_function
from gradcheck.choice.instances import fed
from gradcheck.choice.together import behind
from gradcheck.choice.wishes import NO_WISHES, Wishes, init_of
from gradcheck.errors import CommandError, ExerciseError, one_line
from gradcheck.intention import Intention
from gradcheck.targets.members import Broken
from gradcheck.targets.resolve import Target, resolve


def cases_of(target: Target, wishes: Wishes = NO_WISHES) -> list[Case]:
    """The cases that a target suggests or the user wishes, in their order.

    Raises:
        ExerciseError: If nothing says how to build or call it.
    """
    cases = where_it_runs(target.object, lambda: _cases_of(target, wishes))
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
    """Who declares nothing of a Module means there what is declared of the Functions inside."""
    if intention:
        return [replace(case, intention=intention) for case in cases]
    told = cache(intention_of_function)
    return [replace(case, told=told) for case in cases]


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
        return cases_of_function(target, wishes)
    if inspect.isclass(target.object):
        return _cases_of_class(target, wishes)
    return _cases_of_instance(target, wishes)


def _cases_of_class(target: Target, wishes: Wishes) -> list[Case]:
    siblings = siblings_of(target.object)
    specs = _specs(target, wishes, siblings)
    if wishes.inputs:
        shapes = tuple(tuple(getattr(value, "shape", ())) for value in wishes.inputs)
        said = Spec(specs[0].options, shapes, specs[0].parts, specs[0].arguments).label
        case = constructed(target.object, specs[0], siblings, wishes.inputs)
        return [replace(case, label=said)]
    return [constructed(target.object, spec, siblings) for spec in specs]


def _specs(target: Target, wishes: Wishes, siblings: Siblings) -> tuple[Spec, ...]:
    """The user's own case, the catalogue's, or what works."""
    if wishes.init is not None or wishes.inputs:
        specs = cases_for(
            target.object,
            init=init_of(target.object, wishes.init),
            shapes=wishes.shapes,
            inputs=inputs_of(target.object),
        )
        return specs if wishes.inputs else with_its_numbers(target.object, specs, siblings)
    known = known_cases(target.object, wishes.shapes)
    return chosen(target.object, known, siblings, wishes.shapes)


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

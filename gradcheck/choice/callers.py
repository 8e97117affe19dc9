"""What a Function is given by its own author: by the functions and Modules that call it.

    def smooth(x, dim=-1, steps=20):
        return _Smooth.apply(x, dim, steps, "sum")

What shape, flag or word it means nobody can guess from ``forward(ctx, x, dim, steps, how)``, but
``smooth`` is easily called, and on the way its author says it all.  Which of the tensors ask for a
gradient there is known as well.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from types import CodeType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from gradcheck.adapters.bodies import is_alias, recorded
from gradcheck.cases.calls import call_for
from gradcheck.cases.case import Case, constructed, given, spoken
from gradcheck.cases.felt import DONE, FLAT, RAN, STOPPED, Step
from gradcheck.cases.inference import siblings_of
from gradcheck.cases.plan import Call
from gradcheck.choice.attempt import RUNS
from gradcheck.choice.reach import codes_of, places_in, reach_of
from gradcheck.choice.search import searched
from gradcheck.choice.trial import trying
from gradcheck.errors import ExerciseError
from gradcheck.foreign.isolation import pin_random_numbers

Given = tuple[Any, ...]
_MOST = 4
# Of computing, after which no further caller is tried.
_SECONDS = 4.0


def case_of_callers(function: Any) -> Case | None:
    """The case of the first caller that can be called and lets it be checked; None if none does."""
    spaces = [*_spaces(function)]
    callers = [*_callers(function, spaces)]
    until = time.thread_time() + _SECONDS
    for made in (_by_function, _by_module):
        for caller in islice((one for one in callers if _is_for(one, made)), _MOST):
            if (case := made(function, caller, spaces)) is not None:
                return case
            if time.thread_time() > until:
                return None
    return None


def _is_for(caller: Any, made: Callable[..., Any]) -> bool:
    return inspect.isclass(caller) == (made is _by_module)


def _spaces(function: Any) -> Iterator[ModuleType]:
    """Its own module, and those of its package that hold it."""
    top = function.__module__.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if name == function.__module__ or name.partition(".")[0] == top:
            held = list(getattr(module, "__dict__", {}).values())
            if any(one is function or _is_its(one, function) for one in held):
                yield module


def _is_its(value: object, function: Any) -> bool:
    return is_alias(value) and getattr(value, "__self__", None) is function


def _callers(function: Any, spaces: Sequence[ModuleType]) -> Iterator[Any]:
    """Plain functions and Modules whose code names it; then who names these in the same file."""
    for module in spaces:
        held = vars(module)
        wanted = {n for n, one in held.items() if one is function or _is_its(one, function)}
        own = [one for one in held.values() if _is_candidate(one, module) and one is not function]
        near = [one for one in own if _names_in(one) & wanted]
        yield from near
        names = {one.__name__ for one in near}
        yield from (one for one in own if one not in near and _names_in(one) & names)


def _is_candidate(value: object, module: ModuleType) -> bool:
    if getattr(value, "__module__", None) != module.__name__:
        return False
    return inspect.isfunction(value) or (inspect.isclass(value) and issubclass(value, nn.Module))


def _names_in(caller: Any) -> set[str]:
    methods = vars(caller).values() if inspect.isclass(caller) else [caller]
    codes = [inspect.unwrap(one).__code__ for one in methods if inspect.isfunction(one)]
    return {name for code in codes for one in _nested(code) for name in one.co_names}


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _nested(one)


def _by_function(function: Any, caller: Any, spaces: Sequence[ModuleType]) -> Case | None:
    codes = [inspect.unwrap(caller).__code__, *codes_of(function)]

    def reach(inputs: Sequence[Any], *, slopes: bool = False) -> Step:
        calls, raised = _heard(function, lambda: caller(*inputs), inputs, spaces)
        if not calls:
            return (STOPPED, *places_in(raised, codes)) if raised else (FLAT,)
        step = reach_of(given(function, calls[0]), codes, slopes=slopes)
        return step if step[0] >= RAN else (FLAT, *step)

    try:
        with trying():
            call = call_for(caller.__name__, caller, reach)
            if reach(call.draw(0))[0] < DONE:
                return None
    except ExerciseError:
        return None

    def inputs(seed: int) -> Given:
        drawn = call.draw(seed)
        with trying():
            return _first(function, lambda: caller(*drawn), drawn, spaces)

    label = f"as {caller.__name__}({call.label}) gives it"
    return replace(spoken(function, label, inputs), guessed=_is_guess(call))


def _is_guess(call: Call) -> bool:
    """Whether its author may give the caller something else: of several, some may be numbers."""
    return call.plan.is_guessed or len(call.plan.shapes) > 1


def _by_module(function: Any, caller: type, spaces: Sequence[ModuleType]) -> Case | None:
    siblings = siblings_of(caller)
    found = searched(caller, siblings, ())
    if found.reach < RUNS:
        return None
    case = constructed(caller, found.spec, siblings)

    def inputs(seed: int) -> Given:
        with trying():
            module, drawn = case.make(seed)
            return _first(function, lambda: module.double()(*drawn), drawn, spaces)

    try:
        with trying():
            step = reach_of(given(function, inputs(0)), [*codes_of(function)])
    except ExerciseError:
        return None
    label = f"as {caller.__name__}({case.label}) gives it"
    said = replace(spoken(function, label, inputs), guessed=len(found.spec.shapes) > 1)
    return said if step[0] >= DONE else None


def _first(
    function: Any, call: Callable[[], Any], drawn: Sequence[Any], spaces: Sequence[ModuleType]
) -> Given:
    calls, raised = _heard(function, call, drawn, spaces)
    if not calls:
        raise ExerciseError(f"{function.__name__} is not called there") from raised
    return calls[0]


def _heard(
    function: Any, call: Callable[[], Any], drawn: Sequence[Any], spaces: Sequence[ModuleType]
) -> tuple[list[Given], Exception | None]:
    """What it is applied to while a caller is called with these, and what the caller raises."""
    for value in drawn:
        if isinstance(value, Tensor) and value.is_floating_point():
            value.requires_grad_()
    with torch.enable_grad():
        pin_random_numbers()
        with recorded(function, [vars(one) for one in spaces]) as calls:
            try:
                call()
            except Exception as raised:  # noqa: BLE001 somebody's code, which may have come far
                return [_kept(one) for one in calls], raised
    return [_kept(one) for one in calls], None


def _kept(values: Given) -> Given:
    """Each tensor by itself, outside of the caller's graph, asking for a gradient as it did."""
    return tuple(
        one.detach().clone().requires_grad_(one.requires_grad) if isinstance(one, Tensor) else one
        for one in values
    )

"""Which operations of its engine a composed layer calls: what is wrong in one is wrong in it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType, FrameType
from typing import Any

from gradcheck.adapters import is_listed
from gradcheck.adapters.compositions import engine_under
from gradcheck.adapters.operations import operation_of, operations_of
from gradcheck.adapters.shape import forward_of
from gradcheck.adapters.values import Engine
from gradcheck.cases.case import Case
from gradcheck.choice.trial import trial_of, trying


def operations_used(target: Any, case: Case) -> dict[str, type]:
    """Those that are called in a forward of this case, by their names; none of any other target."""
    engine = engine_under(target)
    if engine is None:
        return {}
    called = _called_in(case)
    return {name: one for name, code, one in _operations(engine) if code in called}


def _operations(engine: Engine) -> Iterator[tuple[str, CodeType, type]]:
    """The engine's own steps, and the classes of its file that are steps of a graph."""
    for base in engine.kind.__mro__[:-1]:
        for name, step in operations_of(base).items():
            operation = operation_of(step)
            if operation is not None and operation.walk is None:
                yield name, operation.function.__code__, step
    module = sys.modules.get(engine.kind.__module__)
    for one in list(vars(module).values()) if module else ():
        forward = _forward_of(one) if inspect.isclass(one) and is_listed(one) else None
        if forward is not None and engine_under(one) is None:
            yield one.__name__, forward.__code__, one


def _forward_of(kind: type) -> Any:
    """Its own: one that it inherits may have been called of its base."""
    name = forward_of(kind)
    found = vars(kind).get(name) if name else None
    found = inspect.unwrap(getattr(found, "__func__", found)) if found else None
    return found if inspect.isfunction(found) else None


def _called_in(case: Case) -> set[CodeType]:
    """The code of all functions that one forward calls."""
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    with suppress(Exception), trying():
        trial = trial_of(case)
        _watched(note, trial.forward)
    return called


def _watched(note: Callable[[FrameType, str, Any], None], function: Callable[[], Any]) -> None:
    """Call a function, and tell of each call inside; who looks on already is put back."""
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)

"""Which classes and functions may compute with the values of an engine, as their code says.

Their annotations, what they name, and what they derive from say it; where nothing does but the
file that they stand in, their code must ask for nothing that values do not have.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import math
import re
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck.adapters.engines import is_own
from gradcheck.adapters.instructions import attributes_of_first, nested
from gradcheck.adapters.kinds import shape_of
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.shape import (
    backward_of,
    called,
    forward_of,
    is_left_to_others,
    is_written,
    own_names,
)
from gradcheck.adapters.spoken import classes_in, named_by, named_near
from gradcheck.adapters.values import Engine, engine_of
from gradcheck.adapters.vocabulary import BACKWARD, DERIVATIVE, FORWARD, PARAMETERS, plain
from gradcheck.foreign.signatures import parameters, required

_OPERATORS = {"__add__", "__mul__", "__matmul__", "__sub__", "__pow__"}
_LIBRARIES = {"numpy", "math", "functools", "itertools", "operator", "random", "collections"}
_HARMLESS = {
    *("abs", "all", "any", "bool", "dict", "enumerate", "float", "getattr", "hasattr", "int"),
    *("isinstance", "iter", "len", "list", "map", "max", "min", "next", "pow", "range", "reversed"),
    *(
        "round",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
        "__class__",
    ),
    *("ValueError", "TypeError", "IndexError", "AssertionError", "RuntimeError"),
}
_HARMFUL = re.compile(r".*(save|load|file|dump|open|memmap|seed|print|input).*")
_DEEP = 3


def engine_behind(kind: Any) -> Engine | None:
    """The engine of a class of values; of one that is derived to hold weights, that of its base."""
    for base in kind.__mro__[:-1]:
        may_be = _OPERATORS & vars(base).keys() and backward_of(base) is not None
        if may_be and shape_of(base) is None and (found := engine_of(base)) is not None:
            return found
    return None


def engine_of_layer(kind: Any) -> Engine | None:
    """The engine with whose values a class surely computes, which has no backward of its own.

    A container of such layers, or what is derived from a base of theirs, does so too.
    """
    engine = _engine_near_layer(kind)
    return engine if engine is not None and _is_of_layers(kind, engine) else None


def engine_of_plain(kind: Any) -> Engine | None:
    """The engine with whose values a class may compute, that asks for nothing but what they have.

    Of no other is anything called to find it out.
    """
    engine = _engine_near_layer(kind)
    if engine is None or any(p.default is p.empty for p in _told(kind)):
        return None
    own = [m for base in kind.__mro__[:-1] for m in vars(base).values() if inspect.isfunction(m)]
    return engine if all(_is_computation(one, engine, {*own_names(kind)}) for one in own) else None


def engine_of_function(function: FunctionType) -> Engine | None:
    """The engine with whose values a function may compute."""
    word = plain(function.__name__)
    if not required(function) or BACKWARD.fullmatch(word) or DERIVATIVE.fullmatch(word):
        return None
    module = sys.modules.get(function.__module__)
    spoken = (*_annotated(function), *named_by(function), *_members(module))
    return _first_engine(spoken, function.__module__)


def is_plain_function(function: FunctionType, engine: Engine) -> bool:
    """Whether it asks for nothing but what values have, so that it may be called to find out."""
    return _is_computation(function, engine, set())


def says_values(function: Callable[..., Any], engine: Engine) -> bool:
    """Whether it is annotated with the engine's class, from the first argument to the answer."""
    space = getattr(function, "__globals__", {})
    first = required(function)[:1]
    inwards = [one for p in first for one in classes_in(p.annotation, space)]
    outwards = list(classes_in(_answer(function), space))
    return all(any(_is_of(one, engine) for one in found) for found in (inwards, outwards))


def denies_values(function: Callable[..., Any], engine: Engine) -> bool:
    """Whether its annotation says that it answers with something else."""
    said = _answer(function)
    if said is inspect.Signature.empty or said is Any:
        return False
    space = {**vars(builtins), **getattr(function, "__globals__", {})}
    found = [one for one in classes_in(said, space) if one not in _CONTAINERS]
    return said in {None, "None"} or (
        bool(found) and not any(_is_of(one, engine) or one is object for one in found)
    )


_CONTAINERS = (list, tuple, dict)


def _engine_near_layer(kind: Any) -> Engine | None:
    return _remembered_near_layer(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=1024)
def _remembered_near_layer(kind: Any) -> Engine | None:
    if shape_of(kind) is not None or backward_of(kind) is not None or _is_unfinished(kind):
        return None
    forward = forward_of(kind)
    if forward is None or not parameters(getattr(kind, forward))[1:]:
        return None
    if returns_nothing(getattr(kind, forward)):
        return None
    modules = [sys.modules.get(base.__module__) for base in kind.__mro__[:-1]]
    near = (*named_near(kind), *(one for module in modules for one in _members(module)))
    engine = _first_engine(near, kind.__module__, beside=kind)
    if engine is None or issubclass(kind, engine.kind):
        return None
    return None if denies_values(getattr(kind, forward), engine) else engine


def _is_unfinished(kind: Any) -> bool:
    """Whether its forward is for those to write that derive from it."""
    forwards = [name for name in own_names(kind) if FORWARD.fullmatch(plain(name))]
    call = called(kind)
    asked = attributes_of_first(getattr(kind, call)) if call else forwards
    is_stubbed = bool(forwards) and not any(is_written(kind, name) for name in forwards)
    hands_on = not {*asked}.isdisjoint(forwards)
    return inspect.isabstract(kind) or (is_stubbed and hands_on) or is_left_to_others(kind)


def _first_engine(classes: Any, home: str, beside: Any = None) -> Engine | None:
    for one in dict.fromkeys(filter(inspect.isclass, classes)):
        if beside is not None and one in beside.__mro__:
            continue
        if _is_near(one, home) and (found := engine_behind(one)) is not None:
            return found
    return None


def _is_near(kind: type, home: str) -> bool:
    return is_own(kind, type("", (), {"__module__": home}))


def _is_of_layers(kind: Any, engine: Engine) -> bool:
    """Whether it names the engine's values, or other layers, or is derived from what layers are."""
    named = [one for one in named_near(kind) if inspect.isclass(one) and one not in kind.__mro__]
    if any(_is_of(one, engine) for one in named):
        return True
    if any(_lists_parameters(base) or _is_unfinished(base) for base in kind.__mro__[1:-1]):
        return True
    return any(_engine_near_layer(one) == engine for one in named if _is_near(one, kind.__module__))


def _lists_parameters(kind: Any) -> bool:
    return any(PARAMETERS.fullmatch(plain(name)) for name in own_names(kind))


def _is_of(one: Any, engine: Engine) -> bool:
    return inspect.isclass(one) and issubclass(one, engine.kind)


def _told(kind: Any) -> list[inspect.Parameter]:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p for p in parameters(kind) if p.kind not in variadic]


def _members(module: ModuleType | None) -> list[Any]:
    return list(vars(module).values()) if module else []


def _annotated(function: FunctionType) -> Iterator[Any]:
    for one in parameters(function):
        yield from classes_in(one.annotation, function.__globals__)


def _answer(function: Callable[..., Any]) -> Any:
    return getattr(function, "__annotations__", {}).get("return", inspect.Signature.empty)


def _is_computation(
    function: FunctionType, engine: Engine, own: set[str], depth: int = _DEEP
) -> bool:
    """Whether all that it names is of values, arrays, itself, or of functions like it."""
    codes = [function.__code__, *nested(function)]
    return all(_is_known(name, function, engine, own, depth) for one in codes for name in _all(one))


def _all(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _all(inner)


def _is_known(name: str, function: FunctionType, engine: Engine, own: set[str], depth: int) -> bool:
    of_values = hasattr(engine.kind, name)
    if name in own or of_values or _HARMFUL.fullmatch(name):
        return name in own or of_values
    space = function.__globals__
    if name not in space and hasattr(builtins, name):
        return name in _HARMLESS
    if name not in space:
        return _is_attribute(name, engine)
    return _is_computing(space[name], engine, own, depth)


def _is_computing(found: Any, engine: Engine, own: set[str], depth: int) -> bool:
    """Whether something global is the engine's, a library's, a function like it, or a constant."""
    if inspect.ismodule(found):
        return found.__name__.partition(".")[0] in _LIBRARIES
    if inspect.isclass(found):
        return _is_of(found, engine) or found.__module__.partition(".")[0] in _LIBRARIES
    if inspect.isfunction(found):
        return depth > 0 and _is_computation(found, engine, own, depth - 1)
    return isinstance(found, int | float | str | tuple | np.ndarray)


def _is_attribute(name: str, engine: Engine) -> bool:
    """Whether it is something of values, or of the libraries that compute."""
    return name in {engine.data, engine.grad} or any(
        hasattr(one, name) for one in (np, np.ndarray, np.random, math, float, list)
    )

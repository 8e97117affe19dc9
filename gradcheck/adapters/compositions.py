"""Layers and losses that are composed of an engine's operations, and have no backward of their own.

    def __call__(self, x):   return (x @ self.w + self.b).tanh()

Given values of the engine, they answer with one of them, and it is the engine that goes back.  Each
stands here as a layer of plain arrays: the same class, whose forward wraps what it is given, and
whose backward lets the engine walk.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.composable import (
    denies_values,
    engine_of_function,
    engine_of_layer,
    engine_of_plain,
    is_plain_function,
    says_values,
)
from gradcheck.adapters.holders import holder_of
from gradcheck.adapters.kinds import is_named_loss
from gradcheck.adapters.named import is_prediction, is_target, prediction_of
from gradcheck.adapters.operations import is_step
from gradcheck.adapters.passage import Passage, is_made
from gradcheck.adapters.shape import forward_of, own_positional
from gradcheck.adapters.snapshot import NOT_STATE, below
from gradcheck.adapters.values import Engine
from gradcheck.adapters.vocabulary import INPUT, SURELY_TARGET, means
from gradcheck.errors import BackwardError
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import GRAD_OUTPUT, is_required, positional, required, signed

_MARK = "composed_on"
_BACK = "_gradcheck_way_back"
_MOST = 4
_NUMBERS = 0.25 + 0.5 * np.arange(12).reshape(4, 3) / 12
_FOREIGN = (type, BaseException, ModuleType, Tensor, torch.nn.Module, np.ndarray)


def engine_under(target: object) -> Engine | None:
    """The engine of such a class or of an instance of one; None of all else."""
    found = inspect.getattr_static(target, _MARK, None)
    return found if isinstance(found, Engine) else None


def ending(instance: Any) -> Any:
    """The same loss, whose backward is handed nothing: it ends where the gradient is one."""
    if not hasattr(instance, "__dict__"):
        return None

    def backward(self: Any) -> Any:
        return _back(self, (), alone=True)

    kind: Any = type(instance)
    body = {"backward": signed(backward, [], of=kind.forward), "__module__": kind.__module__}
    twin: Any = object.__new__(type(kind.__name__, (kind,), body))
    vars(twin).update(vars(instance))
    return twin


def composed(kind: Any) -> Any:
    """The class of plain arrays for a class that computes with an engine's values; None of others.

    What only may be one is called to find out, as far as that does no harm.
    """
    is_own = inspect.isclass(kind) and not issubclass(kind, _FOREIGN)
    return _composed_of(kind) if is_own and kind.__module__ != "builtins" else None


def _composed_of(kind: Any) -> Any:
    return _composed(kind)


def composed_object(instance: Any) -> Any:
    """The same of an instance, with the attributes that it has."""
    kind = composed(type(instance))
    if kind is None or not hasattr(instance, "__dict__"):
        return None
    twin = object.__new__(kind)
    vars(twin).update(vars(instance))
    return twin


def compositions_in(module: ModuleType) -> dict[str, type]:
    """A class for each public function of a module that computes with an engine's values."""
    functions = [one for one in vars(module).values() if inspect.isfunction(one)]
    own = [one for one in functions if one.__module__ == module.__name__]
    found = {one.__name__: _of_function(one) for one in own if not one.__name__.startswith("_")}
    return {name: one for name, one in found.items() if one is not None}


def composition_named(module: ModuleType, name: str) -> type | None:
    """That of the function of this name."""
    found = vars(module).get(name)
    return _of_function(found) if inspect.isfunction(found) else None


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=512)
def _composed(kind: Any) -> Any:
    """Remembered: two classes for one would be two targets."""
    if engine_under(kind) is not None:
        return None
    sure = engine_of_layer(kind)
    engine = sure or engine_of_plain(kind)
    if engine is None or holder_of(kind) is not None or not _has_room(kind):
        return None
    found = _class_of(kind, engine)
    return found if sure or _answers(found, str(forward_of(kind))) else None


def _has_room(kind: Any) -> bool:
    """Whether an instance may be of a class derived from its own for a while."""
    slots = [vars(base).get("__slots__") for base in kind.__mro__[:-1]]
    return type(kind) is type and any(one is None for one in slots)


def _class_of(kind: Any, engine: Engine) -> type:
    """The class itself, given plain arrays."""
    name = str(forward_of(kind))

    def forward(self: Any, *inputs: Any, **named: Any) -> Any:
        def call(*dressed: Any) -> Any:
            with _as_written(self, kind):
                return getattr(self, name)(*dressed, **named)

        return _begun(self, engine, call, inputs, compares)

    asked = own_positional(kind, name)
    compares = _compares(kind.__name__, [p.name for p in asked if is_required(p)])
    own = getattr(kind, name)
    methods = _methods(forward, asked, own, engine, compares)
    methods |= {name: forward, "__call__": forward, "__module__": kind.__module__}
    methods["__qualname__"] = kind.__qualname__
    return type(kind.__name__, (kind,), methods)


@functools.lru_cache(maxsize=512)
def _of_function(function: Any) -> type | None:
    engine = engine_of_function(function)
    if engine is None or is_step(function) or denies_values(function, engine):
        return None
    if len(required(function)) > _MOST:
        return None
    says, plain = says_values(function, engine), is_plain_function(function, engine)
    if not says and not plain:
        return None
    found = _class_of_function(function, engine)
    if plain and not says:
        return found if _answers(found, "forward") and not _hands_on(function, engine) else None
    return found


def _hands_on(function: FunctionType, engine: Engine) -> bool:
    """Whether it returns the very value that it is given, as what only makes sure of one does."""
    with silenced(), preserved_globals(), suppress(Exception):
        given = [engine.value(0.5 if engine.scalars else _NUMBERS) for _ in required(function)]
        return any(function(*given) is one for one in given)
    return False


def _class_of_function(function: FunctionType, engine: Engine) -> type:
    """A layer whose forward is the function; what nobody must give is told to its constructor."""
    settings = [p for p in positional(function) if isinstance(p.default, bool | int | float | str)]

    def told(self: Any, **options: Any) -> None:
        self.options = options

    def forward(self: Any, *inputs: Any) -> Any:
        call = functools.partial(function, **self.options)
        return _begun(self, engine, call, inputs, compares)

    asked = required(function)
    compares = _compares(function.__name__, [p.name for p in asked])
    signed(told, [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in settings])
    methods = _methods(forward, asked, function, engine, compares)
    body = {**methods, "__init__": told, "keeps_state": False}
    body["written"] = staticmethod(function)
    return type(function.__name__, (), body)


def _methods(
    forward: Callable[..., Any],
    asked: list[inspect.Parameter],
    own: Callable[..., Any],
    engine: Engine,
    compares: int | None,
) -> dict[str, Any]:
    def backward(self: Any, *cotangents: Any) -> Any:
        return _back(self, cotangents, alone=compares is not None)

    several = [GRAD_OUTPUT, inspect.Parameter("more", inspect.Parameter.VAR_POSITIONAL)]
    handed = [GRAD_OUTPUT.replace(default=None)] if compares is not None else several
    return {
        "forward": signed(forward, asked, of=own),
        "backward": signed(backward, handed, of=own),
        "__module__": own.__module__,
        # Part of it: what the engine's constructor says of float32, the layer says too.
        "values_of": engine.kind,
        _MARK: engine,
    }


def _begun(
    owner: Any, engine: Engine, call: Callable[..., Any], inputs: Any, compares: int | None
) -> Any:
    """What comes out; how to go back is kept where no copy and no walk over attributes sees it."""
    vars(owner).pop(_BACK, None)
    cut_off(owner, engine)
    held = [one for one in below(owner) if isinstance(one, engine.kind)]
    passage = Passage(engine, call, inputs, lambda place: compares in {None, place}, held)
    vars(owner)[_BACK] = lambda cotangents: passage.back(cotangents)  # noqa: PLW0108 not copied
    return passage.outputs


def cut_off(owner: Any, engine: Engine) -> None:
    """Make a constant of each value that is held with the graph of a call before: a state.

    As it is moved, what it was made of stays as it is.
    """
    seen: set[int] = set()
    pending: list[Any] = [vars(owner)]
    while pending:
        held = pending.pop()
        if id(held) in seen or not isinstance(held, dict | list | tuple):
            continue
        seen.add(id(held))
        for key, one in list(held.items() if isinstance(held, dict) else enumerate(held)):
            if not isinstance(one, engine.kind):
                is_object = hasattr(one, "__dict__") and not isinstance(one, NOT_STATE)
                pending.append(vars(one) if is_object else one)
            elif not isinstance(held, tuple) and is_made(one, engine):
                held[key] = engine.constant(engine.numbers(one))


def _back(owner: Any, cotangents: tuple[Any, ...], *, alone: bool) -> Any:
    """The gradients of the inputs, or the only one that a loss has."""
    way = vars(owner).get(_BACK)
    if way is None:
        raise BackwardError("there is no backward before a forward")
    found = way(cotangents)
    return found[0] if alone and found else found


@contextmanager
def _as_written(instance: Any, kind: type) -> Iterator[None]:
    """Inside, the instance is of the class that its author wrote, and nothing else hangs on it."""
    here = instance.__class__
    object.__setattr__(instance, "__class__", kind)
    try:
        yield
    finally:
        object.__setattr__(instance, "__class__", here)


def _compares(name: str, asked: list[str]) -> int | None:
    """Where a loss wants its prediction; None where it is no loss."""
    if len(asked) != 2:
        return None
    first, second = asked
    pairs = ((first, second), (second, first))
    sure = [means(SURELY_TARGET, one) for one in asked].count(True) == 1
    told = any(is_target(a) and is_prediction(b) and not means(INPUT, b) for a, b in pairs)
    return prediction_of((first, second)) if sure or told or is_named_loss(name) else None


def _answers(kind: Any, name: str) -> bool:
    """Whether one that is made of nothing gives a value, and a gradient back, for some values."""
    with silenced(), preserved_globals():
        for inputs in _tries(kind, name):
            try:
                layer = kind()
                out = layer.forward(*inputs)
                found = layer.backward(np.ones_like(out))
            except Exception:  # noqa: BLE001, S112 somebody's code, given what it may not expect
                continue
            first = found[0] if isinstance(found, tuple) and found else found
            return first is not None and isinstance(first, np.ndarray)
    return False


def _tries(kind: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """Rows, a square, one row, a number, and classes of rows beside the first."""
    count = len([p for p in own_positional(kind, name) if is_required(p)]) or 1
    for numbers in (_NUMBERS, _NUMBERS[:3], _NUMBERS[0], np.array(0.5)):
        yield (numbers,) * count
    if count > 1:
        yield (_NUMBERS, *(np.arange(len(_NUMBERS)) % 3,) * (count - 1))

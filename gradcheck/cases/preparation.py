"""What must be called between the constructor and the first forward: ``build``, ``initialize``.

A layer that is told its input's size by the network that holds it is told here by its argument's
name: a shape with the batch or without, or a number.  One that is handed its weights gets some.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch

from gradcheck.cases.spec import Built, Shape, made
from gradcheck.cases.values import array_of, is_array
from gradcheck.cases.words import WORDS
from gradcheck.cases.world import World
from gradcheck.foreign.signatures import is_required, positional, written

_METHOD = re.compile(
    r"(re)?build|compile|setup|(re)?init(iali[sz]e)?(weights?|param(eter)?s?|layers?|variables|wb)?"
    r"|(compute|set|infer|calc(ulate)?)(input|output)?shapes?"
    r"|(create|make|generate|allocate|set|reset)(weights?|param(eter)?s?|variables|inputshape|inputs?"
    r"(size|dim)|inputdims?)"
)
_SETTER = re.compile(
    r"(re)?(set|load|init(iali[sz]e)?|assign|give|update)(the)?(weights?|param(eter)?s?|wb|values?)?"
    r"((and)?bias(es)?)?"
)
_CONNECT = re.compile(r"(connect|link|attach)(to|with)?|set(prev(ious)?|input)(layer)?")
_OPTIMIZER = re.compile(r".*opt(im(i[sz]er)?)?.*|updater")
_SIZE = re.compile(
    r".*(shape|dim|size|units?|features?|inputs?|prev.*|neurons?|n_?in|dim_?in|fan_?in|n|x|a)s?"
)
_MOST = 2


@dataclass(frozen=True)
class Call:
    """One method to call on a new instance.

    >>> str(Call("build", ((4, 5),)))
    'build((4, 5))'
    """

    method: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """As one would write it."""
        return f"{self.method}({', '.join(_written(one) for one in self.arguments)})"

    def on(self, instance: Any) -> None:
        """Make the call."""
        getattr(instance, self.method)(*(copy.deepcopy(made(one)) for one in self.arguments))


@dataclass(frozen=True)
class Setting:
    """An attribute that a network sets on its layers, and a layer by itself lacks.

    >>> str(Setting("lr", 0.5))
    'lr = 0.5'
    """

    name: str
    value: Any

    def __str__(self) -> str:
        """As one would write it."""
        return f"{self.name} = {_written(self.value)}"

    def on(self, instance: Any) -> None:
        """Set it, each time anew."""
        setattr(instance, self.name, copy.deepcopy(self.value))


def preparations(
    target: type,
    shape: Shape,
    optimizer: Callable[[], Any],
    before: Callable[[Shape], Any],
    *,
    arrays: bool,
) -> Iterator[tuple[Call, ...]]:
    """Calls to try before a forward at inputs of this shape, the likeliest first.

    ``before`` makes what stands in for the layer that the inputs come from.
    """
    for name in _defined(target):
        if _is_connecting(target, name):
            yield (Call(name, (before(shape),)),)
    for name in _defined(target):
        if _is_setter(target, name):
            yield from _settings(target, name, shape, arrays=arrays)
    methods = [name for name in _defined(target) if _is_preparing(target, name)]
    if not methods:
        return
    for told in _tellings(shape, arrays=arrays):
        calls = [Call(name, _arguments(target, name, told, optimizer)) for name in methods]
        yield tuple(calls)
        if len(calls) > 1:
            yield from ((call,) for call in calls)


def additions(target: type, parts: Callable[[], Sequence[Built]]) -> tuple[Call, ...]:
    """Calls that put these into a container, one after the other; none, where it has no ``add``."""
    for name in _defined(target):
        member = inspect.getattr_static(target, name)
        if inspect.isfunction(member) and _ADD.fullmatch(name.lower().replace("_", "")):
            wanted = [p for p in positional(member)[1:] if is_required(p)]
            if len(wanted) == 1:
                return tuple(Call(name, (part,)) for part in parts())
    return ()


_ADD = re.compile(r"(add|append|push)(layer|module|block|node)?")


def _defined(target: type) -> list[str]:
    """In the order in which they are written, those that set a shape before others."""
    names: dict[str, None] = {}
    for base in reversed(target.__mro__[:-1]):
        names |= dict.fromkeys(name for name in vars(base) if not name.startswith("__"))
    return sorted(names, key=lambda name: "shape" not in name and "input" not in name)


def _is_preparing(target: type, name: str) -> bool:
    member = inspect.getattr_static(target, name)
    if not inspect.isfunction(member) or getattr(member, "__isabstractmethod__", False):
        return False
    if not _METHOD.fullmatch(name.lower().replace("_", "")):
        return False
    wanted = [p for p in positional(member)[1:] if is_required(p)]
    return len(wanted) <= _MOST and all(
        _OPTIMIZER.fullmatch(p.name.lower())
        or _SIZE.fullmatch(p.name.lower())
        or _number(p.name) is not None
        for p in wanted
    )


def _is_connecting(target: type, name: str) -> bool:
    """Whether it is handed the layer before it, and nothing else."""
    member = inspect.getattr_static(target, name)
    if not inspect.isfunction(member) or not _CONNECT.fullmatch(name.lower().replace("_", "")):
        return False
    return len(positional(member)) == 2


def _is_setter(target: type, name: str) -> bool:
    """Whether it is handed a weight, and nothing but weights."""
    wanted = _handed(target, name) if _SETTER.fullmatch(name.lower().replace("_", "")) else []
    return bool(wanted) and all(is_array(p.name.lower(), p.name, written(p)) for p in wanted)


def _handed(target: type, name: str) -> list[inspect.Parameter]:
    member = inspect.getattr_static(target, name)
    return (
        [p for p in positional(member)[1:] if is_required(p)] if inspect.isfunction(member) else []
    )


def _settings(target: type, name: str, shape: Shape, *, arrays: bool) -> Iterator[tuple[Call, ...]]:
    """The call with weights of every layout."""
    names = [p.name.lower() for p in _handed(target, name)]
    image = len(shape) == _IMAGE
    for out_first, flat, column in (
        (False, True, False),
        (True, True, False),
        (False, False, False),
        (True, False, True),
    ):
        world = World(arrays, image, out_first, column, flat)
        yield (Call(name, tuple(array_of(one, world) for one in names)),)


_IMAGE = 4


def _tellings(shape: Shape, *, arrays: bool) -> Iterator[Any]:
    """An input's shape in the ways in which authors say it; at last, an input itself."""
    inner = shape[1:]
    ways: list[Any] = [inner, inner[-1] if len(inner) == 1 else inner[:1] and inner[0], shape]
    ways += [prod(inner), shape[0] if shape else 1, shape[:1], (1, *inner), (None, *inner)]
    seen: list[Any] = []
    for way in ways:
        if way not in seen and way not in {(), 0}:
            seen.append(way)
            yield way
    yield np.ones(shape) if arrays else torch.ones(shape)


def _arguments(target: type, name: str, told: Any, optimizer: Callable[[], Any]) -> tuple[Any, ...]:
    asked = [p.name for p in positional(getattr(target, name))[1:] if is_required(p)]
    numbers = {word: number for word in asked if (number := _number(word)) is not None}
    return tuple(
        optimizer() if _OPTIMIZER.fullmatch(word.lower()) else numbers.get(word, told)
        for word in asked
    )


def _number(name: str) -> float | None:
    """A rate, a regulariser or the like, by its name; None where that says a size, or nothing."""
    lowered = name.lower()
    if _SIZE.fullmatch(lowered):
        return None
    meant = next((value for pattern, value in WORDS if pattern.fullmatch(lowered)), None)
    return meant if isinstance(meant, float) else None


def _written(value: Any) -> str:
    if isinstance(value, Built):
        return value.label
    if isinstance(value, np.ndarray | torch.Tensor):
        return f"<array {tuple(value.shape)}>"
    is_object = type(value).__module__ not in {"builtins", "types"}
    return type(value).__name__ if is_object else repr(value)

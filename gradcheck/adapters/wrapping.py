"""A layer of an engine's tensors behind one of plain arrays: these are wrapped, and unwrapped."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcheck.adapters.engines import copied, is_float
from gradcheck.adapters.holders import Holder
from gradcheck.adapters.kinds import Kind, Shape
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.shape import own_positional
from gradcheck.adapters.snapshot import below
from gradcheck.adapters.values import walk_from
from gradcheck.foreign.signatures import GRAD_OUTPUT, signed


class Way(NamedTuple):
    """How inputs reach a forward, and a cotangent the backward.

    Attributes:
        enters: Whether inputs are wrapped; else the layer wraps them, and keeps what it has made.
        handed: Whether the cotangent is an argument.
        laid: Whether it is laid beside the output; that is the argument where one is handed.
        wrapped: Whether it is of the engine's own class.
        walks: Whether it is the engine that walks back, from the output.
    """

    enters: bool = True
    handed: bool = False
    laid: bool = False
    wrapped: bool = False
    walks: bool = False


def layer_of(kind: Any, holder: Holder, shape: Shape, way: Way) -> type:
    """A class of plain arrays around a layer of the engine's tensors."""
    wishes = wishes_of(shape)

    def made(self: Any, layer: Any) -> None:
        self.layer, self.returned = layer, None

    def forward(self: Any, *inputs: Any, **named: Any) -> Any:
        given = [given_as(one, holder, wishes(place)) for place, one in enumerate(inputs)]
        dressed = [one.dressed for one in given] if way.enters else inputs
        self.out = _of(holder, getattr(self.layer, shape.forward)(*dressed, **named))
        asking = [value for one in given for value in one.asking]
        self.asking = asking if way.enters else _made_within(self.layer, asking, holder)
        return copied(holder.numbers(self.out))  # some write each into the same memory

    def backward(self: Any, *cotangents: Any) -> Any:
        for value in self.asking:
            holder.clear(value)
        (u,) = cotangents or (np.ones_like(holder.numbers(self.out)),)
        if way.walks:
            walk_from(holder, self.out, u)
        else:
            self.returned = _asked_back(getattr(self.layer, shape.backward), self.out, u)
        left = [holder.gradient(value) for value in self.asking]
        told = _numbers_of(self.returned, holder)
        if told is None or any(map(_is_something, left)):
            return tuple(left)
        if len(left) > 1 and not isinstance(told, tuple):
            raise TypeError(
                f"one gradient for {len(left)} inputs: perhaps there is another backward"
            )
        return told

    def _asked_back(method: Callable[..., Any], out: Any, u: Any) -> Any:
        dressed = holder.constant(u) if way.wrapped else copied(u)
        if way.laid:
            holder.lay(out, dressed)
            dressed = out
        return method(dressed) if way.handed else method()

    told = [] if shape.kind == Kind.LOSS else [GRAD_OUTPUT]
    body = {
        "__init__": made,
        "forward": signed(forward, _asked(kind, shape), of=getattr(kind, shape.forward)),
        "backward": signed(backward, told, of=getattr(kind, shape.backward)),
        "__module__": kind.__module__,
    }
    return type(kind.__name__, (), body)


def _of(holder: Holder, out: Any) -> Any:
    if not isinstance(out, holder.kind):
        raise TypeError(f"its forward returns no {holder.kind.__name__}")
    return out


def _asked(kind: Any, shape: Shape) -> list[inspect.Parameter]:
    """What its forward is given: the first of it always."""
    asked = own_positional(kind, shape.forward)
    if not asked:
        return [inspect.Parameter("inputs", inspect.Parameter.VAR_POSITIONAL)]
    return [asked[0].replace(default=inspect.Parameter.empty), *asked[1:]]


def wishes_of(shape: Shape) -> Callable[[int], bool]:
    """At which places a gradient is wanted: of a loss, where its prediction stands."""
    if shape.kind != Kind.LOSS:
        return lambda _: True
    place = prediction_of(shape.arguments) if len(shape.arguments) > 1 else 0
    return lambda number: number == place


class _Given(NamedTuple):
    """An argument as the engine wants it, and the values in it to which a gradient is wanted."""

    dressed: Any
    asking: tuple[Any, ...]


def given_as(argument: Any, holder: Holder, wished: bool) -> _Given:
    """The argument in the engine's class, and in tuples and lists; what it is where no array."""
    if isinstance(argument, tuple | list):
        parts = [given_as(one, holder, wished) for one in argument]
        asking = tuple(value for part in parts for value in part.asking)
        return _Given(type(argument)(part.dressed for part in parts), asking)
    if wished and is_float(argument):
        value = holder.value(argument)
        return _Given(value, (value,))
    return _Given(holder.constant(argument) if is_array(argument) else argument, ())


def _made_within(layer: Any, given: Sequence[Any], holder: Holder) -> list[Any]:
    """Of each value the one of the same numbers that the layer itself has made, and keeps.

    Raises:
        TypeError: If it keeps none.
    """
    kept = [one for one in below(layer) if isinstance(one, holder.kind)]
    pairs = [(value, [one for one in kept if _is_like(one, value, holder)]) for value in given]
    if not all(found for _, found in pairs):
        raise TypeError(f"{type(layer).__name__} keeps no {holder.kind.__name__} of its input")
    return [found[0] for _, found in pairs]


def _is_like(one: Any, other: Any, holder: Holder) -> bool:
    here, there = holder.numbers(one), holder.numbers(other)
    return bool(here.shape == there.shape and np.allclose(here, there, rtol=1e-6, atol=0))


def _numbers_of(returned: Any, holder: Holder) -> Any:
    """What a backward returns for its inputs; None where that is nothing, or not for them."""
    if isinstance(returned, tuple | list):
        parts = [_numbers_of(one, holder) for one in returned]
        return None if any(part is None for part in parts) else tuple(parts)
    if isinstance(returned, holder.kind):
        return holder.numbers(returned)
    return returned if is_array(returned) else None


def _is_something(gradient: Any) -> bool:
    return gradient is not None and bool(gradient.any())

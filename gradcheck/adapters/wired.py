"""A layer of a static graph:  ``forward()``  and  ``backward()``  are handed nothing.

Its inputs and its cotangent are put where they read them, what they leave is read there: in its own
attributes, or in those of a neighbour, for which a stand-in is connected to it.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters import loss, module
from gradcheck.adapters.engines import copied
from gradcheck.adapters.neighbour import CONNECTS, Neighbour
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.shape import called, method_of, own_positional
from gradcheck.adapters.twins import deep_copy
from gradcheck.adapters.vocabulary import FLAG, GATHER, means
from gradcheck.adapters.wiring import Wiring, wiring_of
from gradcheck.errors import ExerciseError, one_line
from gradcheck.foreign.signatures import GRAD_OUTPUT, required, signed
from gradcheck.subject import Subject

_OUTPUT = re.compile(r"(out|outputs?|y|z|a|values?|results?|activations?|loss)(_\w+)?")
_INPUT = re.compile(r"in(put)?s?$|x$|prev|wrt_?x")


def recognises(target: object) -> bool:
    """Whether it is a layer, or a class of layers, whose methods are handed nothing."""
    return wiring_of(target if inspect.isclass(target) else type(target)) is not None


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The layer, behind one whose methods are handed what it reads."""
    wiring = wiring_of(type(instance))
    if wiring is None:
        raise TypeError("asked about what it does not recognise")
    held = _connected(instance, wiring, inputs)
    adapter: Any = loss if loss.recognises(held) else module
    subject: Subject = adapter.adapt(held, inputs, options, dtype)
    return subject


def _connected(instance: Any, wiring: Wiring, inputs: Sequence[Any]) -> Any:
    """The layer with what stands before it, in the first way in which it runs forth and back."""
    refused: Exception | None = None
    for connect, knows_batch in product(_ways(type(instance)), (False, True)):
        layer = deep_copy(instance, {}, ())
        before = [
            Neighbour(one, len(one) if knows_batch and np.ndim(one) else None)
            for one in inputs[: max(1, wiring.before)]
        ]
        held = _layer_of(type(instance), wiring)(layer, before)
        try:
            connect(layer, before)
            held.forward(*inputs)
        except Exception as error:  # noqa: BLE001 somebody's code, connected as it may not expect
            refused = refused or error
        else:
            return held
    name = type(instance).__name__
    raise ExerciseError(
        f"{name}.{wiring.forward} raised {one_line(refused) if refused else 'nothing'}: it is a "
        "layer of a graph; write its two methods with arguments, as a gradcheck.Pair"
    )


def _ways(kind: Any) -> list[Callable[[Any, list[Neighbour]], Any]]:
    """Through a method that says it connects, by calling it, or into its empty lists."""
    connects = method_of(kind, "", CONNECTS)
    through = [
        functools.partial(put, name)
        for name in (connects, called(kind))
        if name is not None and len(required(getattr(kind, name))) == 2
        for put in (_put_through, _put_together)
    ]
    return [*through, _put_into_lists]


def _put_through(name: str, layer: Any, before: list[Neighbour]) -> None:
    for one in before:
        getattr(layer, name)(one)


def _put_together(name: str, layer: Any, before: list[Neighbour]) -> None:
    getattr(layer, name)(before)


def _put_into_lists(layer: Any, before: list[Neighbour]) -> None:
    for name, held in vars(layer).items():
        if isinstance(held, list) and not held and not re.search("out|next|child", name):
            with suppress(AttributeError):
                held.extend(before)


def _layer_of(kind: Any, wiring: Wiring) -> Callable[[Any, list[Neighbour]], Any]:
    """A class whose methods are handed what those of the layer read."""

    def made(self: Any, layer: Any, before: list[Neighbour]) -> None:
        self.layer, self.before = layer, before

    def forward(self: Any, *inputs: Any) -> Any:
        for neighbour, value in zip(self.before, inputs, strict=False):
            neighbour.given(value)
        if not wiring.before:
            for name, value in zip(wiring.inputs, inputs, strict=True):
                setattr(self.layer, name, value)
        returned = getattr(self.layer, wiring.forward)(**_switches(self.layer, wiring.forward))
        return _output(self.layer, wiring) if returned is None else returned

    def backward(self: Any, *cotangents: Any) -> Any:
        for neighbour in self.before:
            neighbour.cleared()
        for cotangent in cotangents:
            setattr(self.layer, wiring.cotangent, copied(cotangent))  # it is the layer's own
        returned = getattr(self.layer, wiring.backward)()
        gather = method_of(self.layer, "", GATHER)
        if gather is not None and not own_positional(self.layer, gather):
            getattr(self.layer, gather)()
        return _left(self.layer, wiring, self.before, returned)

    names = [GRAD_OUTPUT.replace(name=name) for name in wiring.inputs]
    told = [GRAD_OUTPUT] if wiring.cotangent else []
    body = {
        "__init__": made,
        "forward": signed(forward, names, of=getattr(kind, wiring.forward)),
        "backward": signed(backward, told, of=getattr(kind, wiring.backward)),
        "__module__": kind.__module__,
    }
    return type(kind.__name__, (), body)


def _switches(layer: Any, method: str) -> dict[str, bool]:
    asked = own_positional(layer, method)
    return {p.name: True for p in asked if means(FLAG, p.name) and p.default is not True}


def _left(layer: Any, wiring: Wiring, before: list[Neighbour], returned: Any) -> Any:
    """The gradients left in the layers before it, or in itself, or what it returns."""
    left = tuple(neighbour.gradient() for neighbour in before)
    if any(one is not None for one in left):
        return left
    found = _gradient(layer, wiring, before[0].value)
    return returned if found is None else found


def _gradient(layer: Any, wiring: Wiring, value: Any) -> Any:
    """What it has left for the gradient of its input; of several that fit, by their names."""
    held: dict[str, Any] = {name: getattr(layer, name, None) for name in wiring.gradients}
    fitting = [n for n, one in held.items() if is_array(one) and one.shape == value.shape]
    named = [name for name in fitting if _INPUT.search(name.lower())]
    found = named or fitting
    return held[found[0]] if found else None


def _output(layer: Any, wiring: Wiring) -> Any:
    held = {name: getattr(layer, name, None) for name in wiring.outputs}
    numbers = {n: one for n, one in held.items() if is_array(one) or isinstance(one, float)}
    named = [one for name, one in numbers.items() if _OUTPUT.fullmatch(name.strip("_"))]
    found = named or list(numbers.values())
    if not found:
        raise ExerciseError(f"{type(layer).__name__}.{wiring.forward} has set no output")
    return found[-1] if isinstance(found[-1], Tensor | np.ndarray) else np.float64(found[-1])

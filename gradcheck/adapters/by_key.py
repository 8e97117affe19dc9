"""Layers that are given dictionaries, or answer in them: as layers of arguments and tuples.

    def forward(self, inputs):    inputs["x"] @ inputs["kernel"]     → {"y": y, "z": z}
    def backward(self, grads):    grads["y"], grads["z"]             → {"x": dx, "kernel": dk}

What a method looks up is what it must be given.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from gradcheck.adapters.affixes import stem
from gradcheck.adapters.items import keys_taken
from gradcheck.adapters.returns import returns_dictionary
from gradcheck.adapters.shape import backward_of, forward_of
from gradcheck.foreign.signatures import positional, required, signed


def with_arguments(target: type) -> type:
    """The same class with an argument for each key; the class as it is, where it takes arrays.

    >>> class Product:
    ...     def forward(self, inputs):
    ...         self.a, self.b = inputs["a"], inputs["b"]
    ...         return {"y": self.a * self.b}
    ...     def backward(self, grads):
    ...         return {"a": grads["y"] * self.b, "b": grads["y"] * self.a}
    >>> product = with_arguments(Product)()
    >>> product.forward(2.0, 3.0), product.backward(1.0)
    (6.0, {'a': 3.0, 'b': 2.0})
    """
    names = [name for name in (forward_of(target), backward_of(target)) if name]
    methods = [inspect.getattr_static(target, name, None) for name in names]
    if len(methods) != 2 or not all(map(inspect.isfunction, methods)):
        return target
    ahead, back = methods
    answers = returns_dictionary(ahead)
    inputs, outputs = _keys(ahead), _keys(back) if answers else ()
    if not inputs and not answers:
        return target
    both = (_forward(ahead, inputs, outputs), _backward(back, inputs, outputs))
    body: dict[str, Any] = dict(zip(names, both, strict=True))
    body |= {"__module__": target.__module__, "__qualname__": target.__qualname__}
    return type(target.__name__, (target,), body)


def _keys(method: FunctionType) -> tuple[str, ...]:
    """What it looks up in its only argument, where it looks at nothing else of it."""
    asked = required(method)[1:]
    if len(asked) != 1 or len(positional(method)) != len(asked) + 1:
        return ()
    found = keys_taken(method, asked[0].name)
    return found if all(map(str.isidentifier, found)) else ()


def _forward(
    ahead: FunctionType, inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> Callable[..., Any]:
    def forward(self: Any, *given: Any, **named: Any) -> Any:
        keyed = (dict(zip(inputs, given, strict=True)),) if inputs else given
        return _parted(ahead(self, *keyed, **named), outputs)

    functools.update_wrapper(forward, ahead)
    return signed(forward, _named(inputs) if inputs else positional(ahead)[1:])


def _parted(result: Any, keys: tuple[str, ...]) -> Any:
    """What a dictionary holds: under these keys, where there are some."""
    if not isinstance(result, dict):
        return result
    parts = tuple(_under(result, key) for key in keys) if keys else tuple(result.values())
    return parts[0] if len(parts) == 1 else parts


def _under(result: Mapping[str, Any], key: str) -> Any:
    """An output by the name of its gradient, which may be its own."""
    if key in result:
        return result[key]
    return next(value for name, value in result.items() if stem(name)[0] == stem(key)[0])


def _backward(
    back: FunctionType, inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> Callable[..., Any]:
    def backward(self: Any, *cotangents: Any, **named: Any) -> Any:
        keyed = (dict(zip(outputs, cotangents, strict=True)),) if outputs else cotangents
        return _told(back(self, *keyed, **named), inputs)

    functools.update_wrapper(backward, back)
    asked = [f"grad_{key}" for key in outputs]
    return signed(backward, _named(asked) if outputs else positional(back)[1:])


def _told(returned: Any, inputs: tuple[str, ...]) -> Any:
    """With a None for each input of which nothing is said, where something is of another."""
    if not isinstance(returned, dict):
        return returned
    stems = {stem(str(key))[0] for key in returned}
    silent = [key for key in inputs if stem(key)[0] not in stems]
    if len(silent) == len(inputs):
        return returned
    return {**returned, **dict.fromkeys(silent)}


def _named(names: Any) -> list[inspect.Parameter]:
    return [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]

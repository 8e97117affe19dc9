"""What an object itself says of its parameters: pairs, or two lists side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.adapters.affixes import stem
from gradcheck.adapters.vocabulary import plain
from gradcheck.foreign.signatures import accepts

Question = tuple[str, tuple[Any, ...]]
"""A method or property, and the way into what it answers."""

Said = tuple[Any, Any, Question]
"""A tensor, its gradient, and how to ask for the gradient again."""

_PAIRS = ("param", "params", "parameters", "getparams", "getparameters", "trainableparams", "pairs")
_VALUES = (*_PAIRS, "weights", "getweights", "trainableweights")
_GRADIENTS = (
    *("grad", "grads", "gradients", "gradient", "getgradients", "getgrads", "gradparams"),
    *("paramgrads", "parametersgrads", "getgrad", "getparamgrads", "gradparameters"),
)
_TENSOR = (Tensor, np.ndarray)
_PAIR = 2


def declared_pairs(target: Any) -> list[Said]:
    """All pairs that its methods, properties and lists declare, as they are now."""
    said: list[Said] = []
    for name in _members(target, _PAIRS):
        items = _items(target, name)
        said += [
            (items[i][0], items[i][1], (name, (i, 1)))
            for i in range(len(items))
            if _is_pair(items[i])
        ]
    for name in _members(target, _VALUES):
        for other in _members(target, _GRADIENTS):
            said += _parallel(target, name, other)
    return said


def ask_again(target: Any, question: Question) -> Any:
    """The same gradient, as it is now; None where it is no longer there."""
    name, way = question
    item = _held(target, name)
    for step in way:
        try:
            item = item[step]
        except LookupError:
            return None
    return item


def _parallel(target: Any, name: str, other: str) -> list[Said]:
    """Of two dictionaries by their keys, however they were filled; else by their order."""
    values, gradients = _held(target, name), _held(target, other)
    if isinstance(values, dict) and isinstance(gradients, dict):
        return _by_key(values, gradients, other)
    values, gradients = _listed(values), _listed(gradients)
    fitting = len(values) == len(gradients) and all(
        isinstance(value, _TENSOR) and isinstance(gradient, _TENSOR)
        for value, gradient in zip(values, gradients, strict=True)
    )
    if not fitting:
        return []
    pairs = zip(values, gradients, strict=True)
    return [(v, g, (other, (index,))) for index, (v, g) in enumerate(pairs)]


def _by_key(values: dict[Any, Any], gradients: dict[Any, Any], other: str) -> list[Said]:
    """``W`` belongs to ``W``, and to ``dW``; what bears no name of a weight is nobody's here."""
    said: list[Said] = []
    for key, value in values.items():
        about = stem(str(key))[0]
        own = [k for k in gradients if k == key] or [
            k for k in gradients if stem(str(k))[0] == about
        ]
        if own and isinstance(value, _TENSOR) and isinstance(gradients[own[0]], _TENSOR):
            said.append((value, gradients[own[0]], (other, (own[0],))))
    return said


def _is_pair(item: Any) -> bool:
    if not isinstance(item, tuple | list) or len(item) != _PAIR:
        return False
    return all(isinstance(part, _TENSOR) for part in item)


def _members(target: Any, names: tuple[str, ...]) -> list[str]:
    found = [name for name in dir(target) if not name.startswith("__")]
    return [name for name in found if plain(name) in names]


def _items(target: Any, name: str) -> list[Any]:
    """What a method returns or a property holds, as a list; nothing where it cannot be asked."""
    return _listed(_held(target, name))


def _listed(held: Any) -> list[Any]:
    return list(held.values() if isinstance(held, dict) else held)


def _held(target: Any, name: str) -> Any:
    """The same, as a dictionary where it is one."""
    try:
        found = getattr(target, name)
        if callable(found) and accepts(found):
            found = found()
        if isinstance(found, dict):
            return found
        return [] if isinstance(found, _TENSOR) or callable(found) else list(found)
    except Exception:  # noqa: BLE001 somebody's code, asked a question that it may not expect
        return []

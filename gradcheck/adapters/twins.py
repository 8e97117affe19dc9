"""Deep copies, also of objects that answer for attributes of their own: ``__getattr__``.

``copy.deepcopy`` asks a new and still empty object whether it has ``__setstate__``.  One that looks
up what it does not have among its parameters looks there for its parameters, and so on for ever.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any


def deep_copy(root: object, memo: dict[int, Any], held: Iterable[object]) -> Any:
    """A deep copy, whatever the ``held`` objects answer while they are empty.

    >>> class Layer:
    ...     def __init__(self):
    ...         self.weights = {"w": [1.0]}
    ...     def __getattr__(self, name):
    ...         return self.weights[name]
    >>> layer = Layer()
    >>> twin = deep_copy(layer, {}, [layer])
    >>> twin.w, twin.w is layer.w
    ([1.0], False)
    """
    twins = [(item, object.__new__(type(item))) for item in held if _answers_alone(item)]
    memo |= {id(item): twin for item, twin in twins}
    copied = copy.deepcopy(root, memo)
    for item, twin in twins:
        vars(twin).update(copy.deepcopy(vars(item), memo))
    return copied


def _answers_alone(item: object) -> bool:
    """Whether it has a ``__getattr__``, and nothing of its own to say about copies."""
    kind = type(item)
    own = any(hasattr(kind, name) for name in ("__deepcopy__", "__setstate__", "__getnewargs__"))
    return (
        hasattr(kind, "__getattr__")
        and not own
        and not any("__slots__" in vars(base) for base in kind.__mro__)
        and kind.__new__ is object.__new__
        and all(getattr(kind, name) is getattr(object, name) for name in _OF_COPIES)
    )


_OF_COPIES = ("__reduce__", "__reduce_ex__", "__getstate__")

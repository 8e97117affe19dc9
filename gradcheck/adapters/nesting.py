"""Tuples in tuples: flat for whoever asks about each tensor, nested for whoever wrote the call.

Of what a call is given, a None is an argument like others.  In what it returns, it is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from torch import Tensor


def flat_of(returned: Any) -> tuple[Any, ...]:
    """All that is in tuples and lists, in order, without the Nones.

    >>> flat_of((1, (2, None), [3]))
    (1, 2, 3)
    """
    items = (item for _, item in _named("", returned))
    return tuple(item for item in items if item is not None)


def nested_like(returned: Any, flat: Sequence[Any]) -> Any:
    """These items, nested as the pattern is.

    >>> nested_like(("y", ("h", None)), [1, 2])
    (1, (2, None))
    """
    items = iter(flat)
    return _filled(returned, lambda old: None if old is None else next(items))


def parts_of(name: str, argument: Any) -> list[tuple[str, Any]]:
    """The parts of a tuple or a list, named by their place.

    >>> parts_of("hx", ("h", [None, 3]))
    [('hx[0]', 'h'), ('hx[1][0]', None), ('hx[1][1]', 3)]
    """
    return list(_named(name, argument))


def given_like(arguments: tuple[Any, ...], parts: Sequence[Any]) -> tuple[Any, ...]:
    """These parts, as the arguments of the same call.

    >>> given_like(("x", ["h", None]), [1, 2, 3])
    (1, [2, 3])
    """
    items = iter(parts)
    return tuple(_filled(one, lambda _: next(items), keeps_lists=True) for one in arguments)


def one_by_one(returned: Iterable[Any]) -> Iterator[Any]:
    """What is returned, and the arrays that a part of it holds: ``dx, [dW, db]``.

    >>> [len(part) for part in one_by_one((np.ones(1), {"W": np.ones(2), "b": np.ones(3)}))]
    [1, 2, 3]
    """
    for part in returned:
        held = list(part.values()) if isinstance(part, dict) else part
        if isinstance(held, list | tuple) and held and all(map(is_array, held)):
            yield from held
        else:
            yield part


def is_array(value: object) -> bool:
    """Whether it is a tensor, an array, or one number of NumPy's."""
    return isinstance(value, Tensor | np.ndarray | np.generic)


def _named(name: str, nested: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(nested, tuple | list):
        yield name, nested
        return
    for place, part in enumerate(nested):
        yield from _named(f"{name}[{place}]", part)


def _filled(pattern: Any, instead: Callable[[Any], Any], *, keeps_lists: bool = False) -> Any:
    if not isinstance(pattern, tuple | list):
        return instead(pattern)
    parts = [_filled(part, instead, keeps_lists=keeps_lists) for part in pattern]
    return parts if keeps_lists and isinstance(pattern, list) else tuple(parts)

"""Tuples in tuples: flat for whoever asks about each tensor, nested for whoever wrote the call.

What a call is given is nested in tuples, and a None is an argument like others.  What it returns
may be nested in lists too, and a None stands for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def flat_of(returned: Any) -> tuple[Any, ...]:
    """All that is in tuples and lists, in order, without the Nones.

    >>> flat_of((1, (2, None), [3]))
    (1, 2, 3)
    """
    items = (item for _, item in _named("", returned, tuple | list))
    return tuple(item for item in items if item is not None)


def nested_like(returned: Any, flat: Sequence[Any]) -> Any:
    """These items, nested as the pattern is.

    >>> nested_like(("y", ("h", None)), [1, 2])
    (1, (2, None))
    """
    items = iter(flat)
    return _filled(returned, lambda old: None if old is None else next(items), tuple | list)


def parts_of(name: str, argument: Any) -> list[tuple[str, Any]]:
    """The parts of a tuple, named by their place.

    >>> parts_of("hx", ("h", (None, [3])))
    [('hx[0]', 'h'), ('hx[1][0]', None), ('hx[1][1]', [3])]
    """
    return list(_named(name, argument, tuple))


def given_like(arguments: tuple[Any, ...], parts: Sequence[Any]) -> tuple[Any, ...]:
    """These parts, as the arguments of the same call.

    >>> given_like(("x", ("h", None)), [1, 2, 3])
    (1, (2, 3))
    """
    items = iter(parts)
    return tuple(_filled(one, lambda _: next(items), tuple) for one in arguments)


def _named(name: str, nested: Any, kinds: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(nested, kinds):
        yield name, nested
        return
    for place, part in enumerate(nested):
        yield from _named(f"{name}[{place}]", part, kinds)


def _filled(pattern: Any, instead: Any, kinds: Any) -> Any:
    if not isinstance(pattern, kinds):
        return instead(pattern)
    return tuple(_filled(part, instead, kinds) for part in pattern)

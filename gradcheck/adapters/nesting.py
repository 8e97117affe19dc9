"""Tuples in tuples: flat for whoever asks about each tensor, nested for whoever wrote the call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def flat_of(nested: Any) -> tuple[Any, ...]:
    """All that is in tuples and lists, in order, without the Nones.

    >>> flat_of((1, (2, None), [3]))
    (1, 2, 3)
    """
    if nested is None:
        return ()
    if isinstance(nested, tuple | list):
        return tuple(item for part in nested for item in flat_of(part))
    return (nested,)


def nested_like(pattern: Any, flat: Sequence[Any]) -> Any:
    """These items, nested as the pattern is.

    >>> nested_like(("y", ("h", None)), [1, 2])
    (1, (2, None))
    """
    items = iter(flat)

    def fill(part: Any) -> Any:
        if part is None:
            return None
        return (
            tuple(fill(inner) for inner in part) if isinstance(part, tuple | list) else next(items)
        )

    return fill(pattern)

"""As many numbers for one argument as its class takes it apart into."""

from __future__ import annotations

import re
from typing import Any

from gradcheck.cases.roles import EXTENT
from gradcheck.cases.words import PAIRS
from gradcheck.cases.world import CHANNELS, INS, MAPS, World

_SHAPES = {1: (INS,), 2: (CHANNELS, 7), 3: (CHANNELS, 7, 6), 4: (CHANNELS, INS, 7, 6)}
_KERNEL = re.compile(r".*(kernel|filter|weight|window).*|k|w")
_WINDOW = (3, 2)


def as_counted(value: Any, name: str, world: World) -> Any:
    """So many, where the class takes apart what it is given, and two, where it asks how many.

    The value as it is elsewhere.

    Args:
        value: What was chosen without knowing that.
        name: Of the argument, in lower case.
        world: Knows how many.

    >>> world = World(arrays=True, counts={"kernel": 4, "stride": 2, "input_shape": 3})
    >>> [as_counted(3, name, world) for name in ("kernel", "stride", "input_shape", "units")]
    [(3, 2, 2, 3), (2, 2), (2, 7, 6), 3]
    """
    if name in world.listed and isinstance(value, int | str):
        return [value, value] if isinstance(value, str) else [value, value + 1]
    count = world.counts.get(name, 0)
    fits = isinstance(value, tuple | list) and len(value) == count
    if not count or fits or not isinstance(value, int | tuple):
        return value
    if EXTENT.fullmatch(name) or "shape" in name.removeprefix("kernel"):
        return _SHAPES.get(count, value)
    if _KERNEL.fullmatch(name) and count == len(_WINDOW) + 2:
        return (MAPS, CHANNELS, *_WINDOW) if world.out_first else (*_WINDOW, CHANNELS, MAPS)
    pair = next((two for pattern, two in PAIRS if pattern.fullmatch(name)), None)
    if pair is not None and len(pair) == count:
        return pair
    each = value if isinstance(value, tuple) else (value,)
    return (each * count)[:count]

"""What an annotation says of a value: whole numbers, and how many of them."""

from __future__ import annotations

import inspect
import re
from typing import Any

from gradcheck.foreign.signatures import written

# Channels first, and no two sizes alike.
_SHAPES = {1: (5,), 2: (2, 7), 3: (2, 7, 6), 4: (2, 5, 7, 6)}
_SHAPE = re.compile(r"shape|(in|input|data|image)_?(size|shape|dims?)")


def is_count(parameter: inspect.Parameter) -> bool:
    """Whether it is annotated as a whole number, or several."""
    return written(parameter).startswith(("int", "tuple[int"))


def suits(value: Any, parameter: inspect.Parameter) -> bool:
    """Whether the annotation allows it: no fraction where whole numbers are asked for.

    >>> def upsample(rate: int, keep: float = 0.5): ...
    >>> from gradcheck.foreign.signatures import parameters
    >>> [suits(0.4, one) for one in parameters(upsample)]
    [False, True]
    """
    text = written(parameter)
    wholly = re.search(r"\bint\b", text) and not re.search(r"float|Any|str|bool|None", text)
    return not (wholly and isinstance(value, float))


def as_many(value: Any, parameter: inspect.Parameter) -> Any:
    """As many whole numbers as the annotation counts: ``tuple[int, int, int]`` is three.

    >>> def pool(input_size: tuple[int, int, int], stride: tuple[int, int], n: int): ...
    >>> from gradcheck.foreign.signatures import parameters
    >>> [as_many(2, one) for one in parameters(pool)]
    [(2, 7, 6), (2, 2), 2]
    """
    said = re.fullmatch(r"[Tt]uple\[(int(, ?int)*)\]", written(parameter).removeprefix("typing."))
    if said is None:
        return value
    count = said[1].count("int")
    if _SHAPE.fullmatch(parameter.name.lower()):
        return _SHAPES.get(count, value)
    each = value if isinstance(value, tuple) else (value,)
    return (each * count)[:count]

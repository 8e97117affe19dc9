"""What a method returns, read from its instructions."""

from __future__ import annotations

import dis
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from gradcheck.adapters.bytecode import instructions_of, variables


def returns_nothing(method: Callable[..., Any]) -> bool:
    """Whether no ``return`` of it has a value.

    >>> returns_nothing(print), returns_nothing(lambda: 3), returns_nothing(lambda x: x or None)
    (False, False, False)
    """
    found = instructions_of(method)
    returns = [
        before if one.opname == "RETURN_VALUE" else one
        for before, one in pairwise(found)
        if one.opname in {"RETURN_VALUE", "RETURN_CONST"}
    ]
    # Python 3.11 jumps to one ``return`` from both ends of ``a if b else None``.
    joined = any(one.opname == "RETURN_VALUE" and one.is_jump_target for one in found)
    return bool(returns and not joined) and all(
        one.opname in {"LOAD_CONST", "RETURN_CONST"} and one.argval is None for one in returns
    )


def returns_two(method: Callable[..., Any]) -> bool:
    """Whether some ``return`` of a method is written as two values.

    >>> returns_two(lambda x: (x, x)), returns_two(lambda x: x)
    (True, False)
    """
    found = instructions_of(method)
    return any(found[place].arg == 2 for place in _returned_tuples(found))


def returns_several(method: Callable[..., Any]) -> bool:
    """Whether some ``return`` of a method is written as two values or more.

    >>> returns_several(lambda x: (x, x, x)), returns_several(lambda x: x)
    (True, False)
    """
    found = instructions_of(method)
    return any((found[place].arg or 0) >= 2 for place in _returned_tuples(found))


def returned_names(method: Callable[..., Any]) -> tuple[str, ...]:
    """The local variables that its last ``return`` of several values names; none where it has none.

    >>> def forward(self, x):
    ...     y, state = x, (x, x)
    ...     return y, state
    >>> returned_names(forward), returned_names(lambda x: (x, x + 1))
    (('y', 'state'), ())
    """
    found = instructions_of(method)
    built = _returned_tuples(found)
    if not built:
        return ()
    names: list[str] = []
    size = int(found[built[-1]].arg or 0)
    for one in reversed(found[: built[-1]]):
        if "LOAD_FAST" not in one.opname or len(names) >= size:
            break
        names[:0] = variables(one)
    return tuple(names) if len(names) == size else ()


def returned_name(method: Callable[..., Any]) -> str:
    """The local variable that its last ``return`` hands out; empty where it is something else.

    >>> def forward(self, x):
    ...     h_t = 2 * x
    ...     return h_t
    >>> returned_name(forward), returned_name(lambda x: x + 1)
    ('h_t', '')
    """
    found = instructions_of(method)
    pairs = [pair for pair in pairwise(found) if pair[1].opname == "RETURN_VALUE"]
    names = variables(pairs[-1][0]) if pairs and "LOAD_FAST" in pairs[-1][0].opname else ()
    return names[-1] if names else ""


def _returned_tuples(found: Sequence[dis.Instruction]) -> list[int]:
    """Where a tuple is made of what is on top, and returned."""
    return [
        place
        for place, (one, after) in enumerate(pairwise(found))
        if one.opname == "BUILD_TUPLE" and after.opname == "RETURN_VALUE"
    ]


def returns_dictionary(method: Callable[..., Any]) -> bool:
    """Whether some ``return`` of it hands out a dictionary that is written out, there or before.

    >>> returns_dictionary(lambda x: {"y": x}), returns_dictionary(lambda x: x)
    (True, False)
    """
    found = list(pairwise(instructions_of(method)))
    made = {
        name
        for one, after in found
        if one.opname in _MADE and after.opname == "STORE_FAST"
        for name in variables(after)
    }
    return any(
        one.opname in _MADE or ("LOAD_FAST" in one.opname and variables(one)[-1] in made)
        for one, after in found
        if after.opname == "RETURN_VALUE"
    )


_MADE = {"BUILD_MAP", "BUILD_CONST_KEY_MAP"}


def hands_out(method: Callable[..., Any]) -> bool:
    """Whether it is given nothing, and only returns an attribute of its object.

    >>> hands_out(lambda self: self.grad), hands_out(lambda self: 1 - self.y), hands_out(print)
    (True, False, False)
    """
    found = [one for one in instructions_of(method) if one.opname != "RESUME"]
    first, last = found[:1], found[-1:]
    return bool(found) and (
        "LOAD_FAST" in first[0].opname
        and last[0].opname == "RETURN_VALUE"
        and all(one.opname == "LOAD_ATTR" for one in found[1:-1])
        and len(found) > 2
    )

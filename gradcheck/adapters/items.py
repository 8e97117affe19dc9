"""Which items of an argument a method looks at, by place or by key, and at nothing else of it."""

from __future__ import annotations

from collections.abc import Callable
from dis import Instruction
from typing import Any

from gradcheck.adapters.bytecode import instructions_of, loads, variables

_END = instructions_of(lambda: None)[-1:]


def items_read(method: Callable[..., Any], name: str) -> int:
    """How many items it is taken for; 0 where it is more than its first few items.

    To keep the argument is no other use of it.

    >>> def forward(self, given):
    ...     self.given = given
    ...     return given[0] @ given[1]
    >>> items_read(forward, "given"), items_read(lambda x: x[0] + x, "x")
    (2, 0)
    """
    found = instructions_of(method)
    asked: set[int] = set()
    for one, *after in zip(found, [*found[1:], *_END], [*found[2:], *_END, *_END], strict=False):
        if "LOAD_FAST" not in one.opname or name not in variables(one) or _is_kept(one, after):
            continue
        number, item = after
        if not (loads(one, name) and type(number.argval) is int and _takes_item(item)):
            return 0
        asked.add(number.argval)
    return len(asked) if asked == {*range(len(asked))} else 0


def keys_taken(method: Callable[..., Any], name: str) -> tuple[str, ...]:
    """What it looks up in it, in that order; nothing where it is more than a dictionary.

    To keep the argument is no other use of it.

    >>> def forward(self, given):
    ...     self.given = given
    ...     return given["x"] @ given["kernel"]
    >>> keys_taken(forward, "given"), keys_taken(lambda x: x["y"] + x, "x")
    (('x', 'kernel'), ())
    """
    found = instructions_of(method)
    asked: list[str] = []
    for one, *after in zip(found, [*found[1:], *_END], [*found[2:], *_END, *_END], strict=False):
        if "LOAD_FAST" not in one.opname or name not in variables(one) or _is_kept(one, after):
            continue
        key, item = after
        if not (loads(one, name) and isinstance(key.argval, str) and _takes_item(item)):
            return ()
        asked.append(key.argval)
    return tuple(dict.fromkeys(asked))


def _is_kept(one: Instruction, after: list[Instruction]) -> bool:
    """Whether it is loaded to be an attribute, and the object, if not with it, right behind it."""
    alone = len(variables(one)) == 1
    stored = after[1] if alone and "LOAD_FAST" in after[0].opname else after[0]
    return stored.opname == "STORE_ATTR"


def _takes_item(one: Instruction) -> bool:
    return one.opname == "BINARY_SUBSCR" or one.argrepr == "[]"  # an operator since 3.14

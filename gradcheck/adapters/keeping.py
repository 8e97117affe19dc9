"""What a method keeps for another: in an attribute, in a list of its object, or in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradcheck.adapters.bytecode import instructions_of
from gradcheck.adapters.instructions import names, reads, says

_LENGTHENS = {"append", "appendleft", "extend", "insert"}


def reads_kept(method: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether it asks for an attribute that another method sets, or puts something into.

    >>> def forward(self, x):
    ...     self.x = x
    ...     self.states.append(x)
    ...     self.cache["x"] = x
    >>> reads_kept(lambda self: self.x, forward), reads_kept(lambda self: self.y, forward)
    (True, False)
    >>> reads_kept(lambda self: self.states.pop(), forward)
    True
    >>> reads_kept(lambda self: self.cache["x"], forward)
    True
    >>> reads_kept(lambda self: getattr(self, "x", None), forward)
    True
    """
    by_text = names(method, "getattr")
    return any(reads(method, name) or (by_text and says(method, name)) for name in _kept_by(other))


def _kept_by(method: Callable[..., Any]) -> Iterator[str]:
    """The attributes that it sets, those that it lengthens, and those in which it sets an item."""
    found = instructions_of(method)
    for one, after, last in zip(found, found[1:], [*found[2:], *found[-1:]], strict=False):
        asked = one.opname in {"LOAD_ATTR", "LOAD_METHOD"}
        into = after.argval in _LENGTHENS or last.opname == "STORE_SUBSCR"
        if one.opname == "STORE_ATTR" or (asked and into):
            yield one.argval

"""What a method does with its arguments, read from its instructions."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

# All that an array or a tensor is asked for; another attribute is that of an object of one's own.
_OF_ARRAYS = {
    *("shape", "size", "ndim", "dtype", "T", "copy", "clone", "clip", "astype", "reshape", "sum"),
    *("mean", "max", "min", "exp", "log", "dot", "transpose", "flatten", "ravel", "squeeze"),
    *("std", "var", "any", "all", "abs", "sqrt", "pow", "clamp", "sigmoid", "tanh", "argmax"),
}


def unpacked(method: Callable[..., Any], name: str) -> int:
    """How many items an argument is unpacked into; 0 where it is not.

    >>> def grads(self, given):
    ...     dout, *rest = given
    >>> unpacked(grads, "given"), unpacked(grads, "self")
    (1, 0)
    """
    for before, one in pairwise(_instructions(method)):
        if not _loads(before, name):
            continue
        if one.opname == "UNPACK_SEQUENCE":
            return int(one.arg or 0)
        if one.opname == "UNPACK_EX":
            return int(one.arg or 0) & 0xFF
    return 0


def returns_nothing(method: Callable[..., Any]) -> bool:
    """Whether no ``return`` of it has a value.

    >>> returns_nothing(print), returns_nothing(lambda: 3)
    (False, False)
    """
    found = list(_instructions(method))
    returns = [
        before if one.opname == "RETURN_VALUE" else one
        for before, one in pairwise(found)
        if one.opname in {"RETURN_VALUE", "RETURN_CONST"}
    ]
    return bool(returns) and all(
        one.opname in {"LOAD_CONST", "RETURN_CONST"} and one.argval is None for one in returns
    )


def needs_no_object(function: Callable[..., Any]) -> bool:
    """Whether its first argument is a number or an array, not the object that it belongs to.

    >>> needs_no_object(lambda self: self.shape), needs_no_object(lambda self: self.mask)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    if code is None or not code.co_argcount:
        return False
    first, used = code.co_varnames[0], False
    if first in (*code.co_cellvars, "cls"):
        return False
    for before, one in pairwise(_instructions(function)):
        if _loads(before, first):
            used = True
            if one.opname in _ATTRIBUTES and one.argval not in _OF_ARRAYS:
                return False
    return used


_ATTRIBUTES = {"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR", "DELETE_ATTR"}


def _loads(one: dis.Instruction, name: str) -> bool:
    """Whether an instruction puts a local variable on top; newer Pythons load two at once."""
    if not one.opname.startswith("LOAD_FAST"):
        return False
    return bool(one.argval == name or (isinstance(one.argval, tuple) and one.argval[-1] == name))


def _instructions(method: Callable[..., Any]) -> Iterator[dis.Instruction]:
    function = inspect.unwrap(getattr(method, "__func__", method))
    if not hasattr(function, "__code__"):
        return iter(())
    return (i for i in dis.get_instructions(function) if i.opname not in {"CACHE", "NOP"})

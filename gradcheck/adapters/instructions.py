"""What a method does with its arguments, read from its instructions."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Collection
from itertools import pairwise
from types import CodeType
from typing import Any

from gradcheck.adapters.bytecode import code_of, instructions_of, loads, mentions, variables

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
    for before, one in pairwise(instructions_of(method)):
        if not loads(before, name):
            continue
        if one.opname == "UNPACK_SEQUENCE":
            return int(one.arg or 0)
        if one.opname == "UNPACK_EX":
            return int(one.arg or 0) & 0xFF
    return 0


def taken_apart(method: Callable[..., Any], name: str) -> bool:
    """Whether an argument is unpacked, or asked for one of its items by its number.

    >>> def pulled(grad, cache):
    ...     return grad * cache[1]
    >>> taken_apart(pulled, "cache"), taken_apart(pulled, "grad")
    (True, False)
    >>> taken_apart(lambda grad, cache: 2 * grad * cache, "cache")
    False
    """
    found = instructions_of(method)
    by_number = any(
        loads(one, name) and type(number.argval) is int and "[]" in (item.argrepr or "[]")
        for one, number, item in zip(found, found[1:], found[2:], strict=False)
        if number.opname in {"LOAD_CONST", "LOAD_SMALL_INT"}
        and item.opname in {"BINARY_SUBSCR", "BINARY_OP"}
    )
    return by_number or unpacked(method, name) > 0


def local_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The variables of a function beside its arguments.

    >>> def loss(x):
    ...     dx = 2 * x
    ...     return x, dx
    >>> local_names(loss)
    ('dx',)
    """
    code = code_of(function)
    return code.co_varnames[code.co_argcount + code.co_kwonlyargcount :] if code else ()


def is_stub(method: Callable[..., Any]) -> bool:
    """Whether a body reads none of its arguments and does nothing but raise, or return None.

    >>> def later(self, x):
    ...     raise NotImplementedError
    >>> is_stub(later), is_stub(lambda x: x), is_stub(print)
    (True, False, False)
    """
    found = instructions_of(method)
    return bool(found) and all(map(_is_idle, found))


def raises(method: Callable[..., Any]) -> bool:
    """Whether a ``raise`` stands in it.

    >>> def later(self, x):
    ...     raise NotImplementedError
    >>> raises(later), raises(lambda x: x)
    (True, False)
    """
    return any(one.opname == "RAISE_VARARGS" for one in instructions_of(method))


def ignores_its_arguments(method: Callable[..., Any]) -> bool:
    """Whether it is given something, beside its object, and never looks at any of it.

    >>> ignores_its_arguments(lambda self, x: self.y), ignores_its_arguments(lambda self: self.y)
    (True, False)
    >>> ignores_its_arguments(lambda self, *grads: self.y)
    True
    """
    code = code_of(method)
    if code is None:
        return False
    starred = sum(bool(code.co_flags & flag) for flag in _STARRED)
    given = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount + starred]
    return bool(given) and not any(
        name in code.co_cellvars or any(mentions(one, name) for one in instructions_of(method))
        for name in given
    )


_STARRED = (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS)

_RAISES = {"NotImplementedError", "NotImplemented"}
_IDLE = {
    *("RESUME", "POP_TOP", "RETURN_VALUE", "RETURN_CONST", "PRECALL", "CALL", "PUSH_NULL"),
    *("RAISE_VARARGS", "MAKE_CELL", "COPY_FREE_VARS", "LOAD_COMMON_CONSTANT", "NOT_TAKEN"),
}


def _is_idle(instruction: dis.Instruction) -> bool:
    if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
        return instruction.argval in _RAISES
    if instruction.opname in {"LOAD_CONST", "RETURN_CONST"}:
        return instruction.argval is None or isinstance(instruction.argval, str)
    return instruction.opname in _IDLE


def needs_no_object(function: Callable[..., Any]) -> bool:
    """Whether its first argument is a number or an array, not the object that it belongs to.

    >>> needs_no_object(lambda self: self.shape), needs_no_object(lambda self: self.mask)
    (True, False)
    """
    code = code_of(function)
    if code is None or not code.co_argcount:
        return False
    first, used = code.co_varnames[0], False
    if first in (*code.co_cellvars, "cls"):
        return False
    for before, one in pairwise(instructions_of(function)):
        if loads(before, first):
            used = True
            if one.opname in _ATTRIBUTES and one.argval not in _OF_ARRAYS:
                return False
    return used


def names(function: Callable[..., Any], word: str) -> bool:
    """Whether it names something that it is not given, such as a builtin.

    >>> names(lambda x: isinstance(x, list), "list"), names(lambda x: x, "list")
    (True, False)
    """
    found = instructions_of(function)
    return any(one.opname in {"LOAD_GLOBAL", "LOAD_NAME"} and one.argval == word for one in found)


def nested(function: Callable[..., Any]) -> list[CodeType]:
    """The code of the functions that are written inside it.

    >>> [code.co_name for code in nested(lambda x: lambda y: x + y)]
    ['<lambda>']
    """
    code = code_of(function)
    inner = [one for one in code.co_consts if isinstance(one, CodeType)] if code else []
    return [one for one in inner if one.co_name not in _COMPREHENSIONS]


_COMPREHENSIONS = {"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"}


def says(function: Callable[..., Any], text: str) -> bool:
    """Whether a text stands in it.

    >>> says(lambda x: x == "relu", "relu"), says(lambda relu: relu, "relu")
    (True, False)
    """
    code = code_of(function)
    return code is not None and text in code.co_consts


def keys_read(method: Callable[..., Any]) -> tuple[str, ...]:
    """What it must be given among its keyword arguments, in the order in which it looks them up.

    >>> def backward(self, **grads):
    ...     return grads["dy"] * self.x, grads.get("scale", 1)
    >>> keys_read(backward), keys_read(lambda grads: grads["dy"])
    (('dy',), ())
    """
    code = code_of(method)
    if code is None or not code.co_flags & inspect.CO_VARKEYWORDS:
        return ()
    starred = bool(code.co_flags & inspect.CO_VARARGS)
    name = code.co_varnames[code.co_argcount + code.co_kwonlyargcount + starred]
    found = pairwise(pairwise(instructions_of(method)))
    keys = (
        one.argval for (before, one), (_, after) in found if _looks_up(before, one, after, name)
    )
    return tuple(dict.fromkeys(keys))


def _looks_up(
    before: dis.Instruction, one: dis.Instruction, after: dis.Instruction, name: str
) -> bool:
    """Whether these are ``name["key"]``."""
    key = one.opname == "LOAD_CONST" and isinstance(one.argval, str)
    subscript = after.opname == "BINARY_SUBSCR" or after.argrepr == "[]"  # an operator since 3.14
    return key and subscript and loads(before, name)


def keeps(method: Callable[..., Any], among: Collection[str] = ()) -> bool:
    """Whether it sets an attribute of anything: any, or one of these names.

    >>> def forward(self, x):
    ...     self.x = x
    >>> keeps(forward), keeps(lambda self, x: x), keeps(forward, ("dx", "y"))
    (True, False, False)
    """
    stored = (one for one in instructions_of(method) if one.opname == "STORE_ATTR")
    return any(not among or one.argval in among for one in stored)


def keeps_only(constructor: Callable[..., Any]) -> bool:
    """Whether it keeps what it is given as it is, and computes nothing from it.

    >>> def init(self, axis, scale=2):
    ...     super().__init__()
    ...     self.axis, self.scale = axis, scale
    >>> def other(self, size):
    ...     self.weight = np.zeros(size)
    >>> keeps_only(init), keeps_only(other)
    (True, False)
    """
    code = code_of(constructor)
    own = getattr(constructor, "__qualname__", "").split(".")[-2:-1]  # as in super(Power, self)
    stored = {one.argval for one in instructions_of(constructor) if one.opname == "STORE_ATTR"}
    return code is not None and set(code.co_names) <= {"super", "__init__", *own, *stored}


def asks_arguments(method: Callable[..., Any], attribute: str) -> bool:
    """Whether it asks what it is given, beside its object, for this attribute.

    >>> asks_arguments(lambda self, x: x.data, "data"), asks_arguments(lambda x: x.data, "data")
    (True, False)
    """
    code = code_of(method)
    given = code.co_varnames[1 : code.co_argcount] if code else ()
    return any(
        one.opname in _ATTRIBUTES and one.argval == attribute and loads(before, name)
        for before, one in pairwise(instructions_of(method))
        for name in given
    )


def attributes_of_first(method: Callable[..., Any]) -> tuple[str, ...]:
    """What it asks its first argument for, as a method asks its own object, in that order.

    >>> attributes_of_first(lambda self, x: self.scale * x.T + self.shift)
    ('scale', 'shift')
    """
    code = code_of(method)
    first = code.co_varnames[:1] if code and code.co_argcount else ()
    asked = (
        one.argval
        for before, one in pairwise(instructions_of(method))
        if one.opname in _READING and first and _loads_any(before, first[0])
    )
    return tuple(dict.fromkeys(asked))


def _loads_any(one: dis.Instruction, name: str) -> bool:
    """Whether it loads a variable, also one that a function inside looks at."""
    return loads(one, name) or (one.opname == "LOAD_DEREF" and one.argval == name)


def reads(function: Callable[..., Any], attribute: str) -> bool:
    """Whether it asks anything for this attribute; to set it is not to ask.

    >>> def clear(self):
    ...     self.data = None
    >>> reads(lambda x: x.data, "data"), reads(lambda data: data, "data"), reads(clear, "data")
    (True, False, False)
    """
    found = instructions_of(function)
    return any(one.opname in _READING and one.argval == attribute for one in found)


def attributes_read(function: Callable[..., Any]) -> tuple[str, ...]:
    """All attributes that it asks anything for, each once.

    >>> attributes_read(lambda self, x: self.layer.forward(x))
    ('layer', 'forward')
    """
    found = [one.argval for one in instructions_of(function) if one.opname in _READING]
    return tuple(dict.fromkeys(found))


def reads_item(function: Callable[..., Any], name: str, index: int) -> bool:
    """Whether it looks at this item of a list, a tuple or the like that is called so.

    >>> reads_item(lambda *given: given[0] - given[1], "given", 1)
    True
    """
    found = list(instructions_of(function))
    return any(
        loads(one, name) and after.argval == index and after.opname.startswith("LOAD_")
        for one, after in pairwise(found)
    )


def read_of_each(function: Callable[..., Any]) -> list[str]:
    """The attributes that it asks one thing after the other for, in a loop.

    >>> def backward(layers, grad):
    ...     for layer in layers:
    ...         grad = layer.backward(grad)
    ...     layers.clear()
    >>> read_of_each(backward), read_of_each(print)
    (['backward'], [])
    """
    found = list(instructions_of(function))
    starts = [place for place, one in enumerate(found) if one.opname == "FOR_ITER"]
    if not starts:
        return []
    known = {name for one in found[: starts[0]] if "FAST" in one.opname for name in variables(one)}
    return [
        after.argval
        for before, after in pairwise(found[starts[0] :])
        if after.opname in _READING
        and not ("LOAD_FAST" in before.opname and variables(before)[-1] in known)
    ]


_READING = {"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"}


_ATTRIBUTES = {*_READING, "STORE_ATTR", "DELETE_ATTR"}

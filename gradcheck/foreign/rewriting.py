"""Somebody's code with other constants: for a while, and in its own namespaces alone.

Module globals, defaults of arguments and constants inside functions are replaced where a rule says
so, in the methods of a class and in every function of the same author's that they may call.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

Rule = Callable[[Any], Any]
"""A constant → what takes its place: itself, as a rule."""

_MOST = 300
_LIBRARIES = {"numpy", "torch", "scipy", "cupy", "pandas"}
# What stands in for somebody's class, and calls it.
_OURS = "gradcheck.adapters."


@contextmanager
def rewritten(target: object, rule: Rule) -> Iterator[None]:
    """Inside, the code of a class has these constants."""
    functions = [*functions_of(target)]
    undo: list[Callable[[], None]] = []
    try:
        for space in _spaces(functions):
            for name, value in list(space.items()):
                if (new := rule(value)) is not value:
                    space[name] = new
                    undo.append(lambda s=space, n=name, v=value: s.__setitem__(n, v))  # type: ignore[misc] # bound now
        for function in functions:
            undo.append(_put_back(function))
            function.__defaults__ = _all(function.__defaults__, rule)
            named = function.__kwdefaults__ or {}
            function.__kwdefaults__ = {name: rule(value) for name, value in named.items()}
            function.__code__ = _in_code(function.__code__, rule)
        yield
    finally:
        for step in reversed(undo):
            step()


def changes(target: object, rule: Rule) -> bool:
    """Whether a rule would replace anything."""
    functions = [*functions_of(target)]
    values = [value for one in functions for value in _constants(one.__code__)]
    values += [value for one in functions for value in (one.__defaults__ or ())]
    values += [value for one in functions for value in (one.__kwdefaults__ or {}).values()]
    values += [value for space in _spaces(functions) for value in space.values()]
    return any(rule(value) is not value for value in values if not inspect.ismodule(value))


def names_in(target: object) -> set[str]:
    """Every name that the code says."""
    return {name for one in functions_of(target) for name in names_of(one.__code__)}


def attributes_in(target: object) -> set[str]:
    """Every name that the code says behind a dot.

    >>> class Half:
    ...     def forward(self, x):
    ...         return x.double() * float(0.5)
    >>> attributes_in(Half)
    {'double'}
    """
    return {name for one in functions_of(target) for name in _attributes(one.__code__)}


def functions_of(target: object) -> Iterator[FunctionType]:
    """The methods of a class, and every function of the same author's that they may call."""
    pending: list[Any] = [target if inspect.isclass(target) else type(target)]
    seen: set[int] = set()
    while pending and len(seen) < _MOST:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if inspect.isclass(item):
            pending += [m for base in item.__mro__[:-1] if is_own(base) for m in members_of(base)]
        elif isinstance(item, FunctionType) and is_own(item):
            yield item
            known = (item.__globals__.get(name) for name in names_of(item.__code__))
            told = (*(item.__defaults__ or ()), *(item.__kwdefaults__ or {}).values())
            pending += [one for one in known if _may_be_asked(one)]
            pending += [type(one) for one in told if is_own(type(one))]
        elif inspect.ismodule(item) and is_own(item):
            pending += [one for one in vars(item).values() if _may_be_asked(one)]


def _put_back(function: FunctionType) -> Callable[[], None]:
    code, defaults, named = function.__code__, function.__defaults__, function.__kwdefaults__

    def put_back() -> None:
        function.__code__, function.__defaults__ = code, defaults
        function.__kwdefaults__ = named

    return put_back


def _all(values: tuple[Any, ...] | None, rule: Rule) -> tuple[Any, ...] | None:
    return None if values is None else tuple(rule(value) for value in values)


def _in_code(code: CodeType, rule: Rule) -> CodeType:
    constants = tuple(
        _in_code(one, rule) if isinstance(one, CodeType) else rule(one) for one in code.co_consts
    )
    same = all(new is old for new, old in zip(constants, code.co_consts, strict=True))
    return code if same else code.replace(co_consts=constants)


def members_of(base: type) -> list[Any]:
    """What a class defines itself and may be called, properties too, out of all wrappers."""
    found = [getattr(member, "__func__", member) for member in vars(base).values()]
    found += [member.fget for member in vars(base).values() if isinstance(member, property)]
    return [inspect.unwrap(one) for one in found if callable(one)]


def _may_be_asked(item: Any) -> bool:
    return inspect.isclass(item) or isinstance(item, FunctionType) or inspect.ismodule(item)


def is_own(item: Any) -> bool:
    """Whether it is the author's, and neither a library's nor ours."""
    name = item.__name__ if inspect.ismodule(item) else (getattr(item, "__module__", "") or "")
    top = name.partition(".")[0]
    is_foreign = top in sys.stdlib_module_names or top in _LIBRARIES
    return not is_foreign and not name.startswith(_OURS)


def _spaces(functions: list[FunctionType]) -> list[dict[str, Any]]:
    found = {id(one.__globals__): one.__globals__ for one in functions}
    return list(found.values())


def names_of(code: CodeType) -> set[str]:
    """Every name that a piece of code says, and the functions inside it."""
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*(names_of(one) for one in inner))


def _attributes(code: CodeType) -> set[str]:
    read = (one for one in dis.get_instructions(code) if one.opname in {"LOAD_ATTR", "LOAD_METHOD"})
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return {one.argval for one in read}.union(*(_attributes(one) for one in inner))


def _constants(code: CodeType) -> list[Any]:
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    return [one for one in code.co_consts if not isinstance(one, CodeType)] + [
        value for one in inner for value in _constants(one)
    ]

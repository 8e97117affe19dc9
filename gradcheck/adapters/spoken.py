"""Which class of values a layer speaks of: in an annotation, by making one, or in what it calls."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from gradcheck.adapters.engines import is_own
from gradcheck.adapters.holders import Holder, holder_of
from gradcheck.adapters.kinds import shape_of
from gradcheck.foreign.signatures import parameters


def holder_near(kind: Any) -> Holder | None:
    """The class of values that a layer speaks of; None where there is none."""
    return _holder_near(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=512)
def _holder_near(kind: Any) -> Holder | None:
    for one in dict.fromkeys(named_near(kind)):
        if not inspect.isclass(one) or one in kind.__mro__ or not is_own(one, kind):
            continue
        if shape_of(one) is None and (found := holder_of(one)) is not None:
            return found
    return None


def named_near(kind: Any) -> Iterator[Any]:
    """The classes in the annotations of its methods, then those that these name or call."""
    methods = [m for base in kind.__mro__[:-1] for m in map(_plain, vars(base).values()) if m]
    for method in methods:
        for one in parameters(method):
            yield from classes_in(one.annotation, method.__globals__)
    for method in methods:
        yield from named_by(method)


def _plain(member: Any) -> FunctionType | None:
    found = inspect.unwrap(getattr(member, "__func__", member))
    return found if inspect.isfunction(found) else None


def classes_in(annotation: Any, space: dict[str, Any]) -> Iterator[Any]:
    """The classes of an annotation, those in unions and containers too."""
    if isinstance(annotation, str):
        names = re.findall(r"[A-Za-z_][\w.]*", annotation)
        yield from filter(None, (_looked_up(name, space) for name in names))
    elif inspect.isclass(annotation):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from classes_in(part, space)


def _looked_up(way: str, space: dict[str, Any]) -> Any:
    first, *more = way.split(".")
    found = space.get(first)
    for name in more:
        found = getattr(found, name, None) if inspect.ismodule(found) else None
    return found


def named_by(function: FunctionType, *, deep: bool = True) -> Iterator[Any]:
    """The classes that a function names, itself or in a module, and those that what it calls does.

    >>> from fractions import Fraction
    >>> Fraction in named_by(lambda: Fraction(1, 2))
    True
    """
    space, names = function.__globals__, function.__code__.co_names
    modules = [space[name] for name in names if inspect.ismodule(space.get(name))]
    inside = [vars(one).get(name) for one in modules for name in names]
    found = [one for one in (*map(space.get, names), *inside) if one is not None]
    yield from (one for one in found if inspect.isclass(one))
    for one in found if deep else ():
        if inspect.isfunction(one):
            yield from named_by(one, deep=False)

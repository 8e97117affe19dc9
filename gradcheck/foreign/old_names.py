"""Names that libraries once had: code written for them is checked as it was meant.

``np.float_``, ``np.bool``, ``np.NaN``, ... are gone from NumPy since 1.24 or 2.0, ``Iterable`` and
its kin from ``collections`` since Python 3.10.  Where somebody's code asks for one, the name that
has replaced it answers, and it is said.  So is a shape of None, which once was that of a number.
"""

from __future__ import annotations

import builtins
import collections
import collections.abc
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np

# As in NumPy's own migration guide.
_RENAMED = {
    "float_": "float64",
    "complex_": "complex128",
    "singlecomplex": "complex64",
    "cfloat": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "longfloat": "longdouble",
    "NaN": "nan",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "product": "prod",
    "cumproduct": "cumprod",
    "sometrue": "any",
    "alltrue": "all",
    "row_stack": "vstack",
    "in1d": "isin",
    "trapz": "trapezoid",
    "round_": "round",
    "mat": "asmatrix",
}
_NUMPY: dict[str, Any] = {
    **{name: getattr(builtins, name) for name in ("float", "int", "bool", "object", "complex")},
    "str": str,
    "NINF": -np.inf,
    **{old: getattr(np, new) for old, new in _RENAMED.items()},
}
_COLLECTIONS = {name: getattr(collections.abc, name) for name in collections.abc.__all__}
_ASK = "__getattr__"
_SHAPED = ("zeros", "ones", "empty")


@contextmanager
def answered() -> Iterator[list[str]]:
    """Inside, the old names are there; the list tells which were asked for.

    >>> with answered() as asked:
    ...     np.zeros(2, dtype=np.float_).dtype, asked
    (dtype('float64'), ['numpy.float_'])
    """
    asked: list[str] = []
    before = [(module, vars(module).get(_ASK)) for module in (np, collections)]
    for (module, ask), names in zip(before, (_NUMPY, _COLLECTIONS), strict=True):
        vars(module)[_ASK] = _answering(module, ask, names, asked)
    makers = {name: getattr(np, name) for name in _SHAPED}
    for name, make in makers.items():
        setattr(np, name, _of_any_shape(make, asked))
    try:
        yield asked
    finally:
        for name, make in makers.items():
            setattr(np, name, make)
        for module, ask in before:
            vars(module)[_ASK] = ask
            if ask is None:
                del vars(module)[_ASK]


def _answering(
    module: ModuleType, before: Any, names: dict[str, Any], asked: list[str]
) -> Callable[[str], Any]:
    """What Python calls for an attribute that a module does not have."""

    def answer(name: str) -> Any:
        if name in names:
            full = f"{module.__name__}.{name}"
            if full not in asked:
                asked.append(full)
            return names[name]
        if before is not None:
            return before(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    return answer


def _of_any_shape(make: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    """The same, for which None is the shape of a number."""

    @functools.wraps(make)
    def made(*shape: Any, **options: Any) -> Any:
        if shape[:1] != (None,):
            return make(*shape, **options)
        full = f"numpy.{make.__name__}(None)"
        if full not in asked:
            asked.append(full)
        return make((), *shape[1:], **options)

    return made


def said(names: list[str]) -> str:
    """One line about the names that were asked for.

    >>> said(["numpy.float_"])
    'gone from their libraries, and answered with what has replaced them: numpy.float_'
    """
    return (
        f"gone from their libraries, and answered with what has replaced them: {', '.join(names)}"
    )

"""The source of somebody's class or function, as a tree of its syntax."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType


@functools.lru_cache(maxsize=256)
def tree_of(target: type | FunctionType) -> ast.Module:
    """What is written in it; nothing, where that is not at hand.

    Remembered, for reading only: words, sizes, dtypes and guards are looked for in the same source.

    >>> ast.unparse(tree_of(trees_of)).splitlines()[0]
    'def trees_of(target: type) -> Iterator[ast.Module]:'
    >>> tree_of(int).body
    []
    """
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.Module([], [])


def trees_of(target: type) -> Iterator[ast.Module]:
    """What is written in a class and its bases: nothing of torch's or NumPy's own.

    >>> [*trees_of(int)]
    []
    """
    for base in target.__mro__:
        if base.__module__.partition(".")[0] not in _LIBRARIES:
            yield tree_of(base)


_LIBRARIES = {"builtins", "torch", "numpy"}

"""The source of somebody's class or function, as a tree of its syntax."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import FunctionType


def tree_of(target: type | FunctionType) -> ast.Module:
    """What is written in it; nothing, where that is not at hand.

    >>> ast.unparse(tree_of(tree_of)).splitlines()[0]
    'def tree_of(target: type | FunctionType) -> ast.Module:'
    >>> tree_of(int).body
    []
    """
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ast.Module([], [])

"""Which arguments a forward calls: what is a function for certain, and is to be called."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from gradcheck.foreign.source import tree_of


def called_in(forward: Callable[..., Any]) -> set[str]:
    """The names that are called in a forward, its arguments' among them.

    A loop that runs no time calls none of them: who is given zero steps would be right for nothing.

    >>> def euler(f, y, steps):
    ...     for _ in range(steps):
    ...         y = y + f(y)
    ...     return y
    >>> "f" in called_in(euler), "y" in called_in(euler)
    (True, False)
    """
    function = inspect.unwrap(getattr(forward, "func", forward))
    calls = (node.func for node in ast.walk(tree_of(function)) if isinstance(node, ast.Call))
    return {called.id for called in calls if isinstance(called, ast.Name)}

"""Pairs of functions in two files: ``forward.py`` has the one, ``backward.py`` the other."""

from __future__ import annotations

import ast
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from gradcheck.adapters.functions import pairs_between
from gradcheck.adapters.partners import lonely
from gradcheck.adapters.spelling import may_belong
from gradcheck.errors import TargetError
from gradcheck.targets.loading import Note, load


def pairs_beside(module: ModuleType, note: Note) -> dict[str, type]:
    """A class for each backward of a module whose forward another file of its folder defines.

    Only a file that has a function of such a name is imported.
    """
    own = {n: one for n, one in vars(module).items() if _is_of(one, module)}
    wanted, path = lonely(own), getattr(module, "__file__", None)
    found: dict[str, type] = {}
    for other in sorted(Path(path).parent.glob("*.py")) if wanted and path else ():
        if other == Path(path or "") or not _defines_one_of(other, wanted):
            continue
        with suppress(TargetError):
            found = {**pairs_between(load(other, note), module), **found}
    return found


def _is_of(value: object, module: ModuleType) -> bool:
    return getattr(value, "__module__", "") == module.__name__


def _defines_one_of(path: Path, backwards: list[str]) -> bool:
    """Whether a file defines a function that may be the forward of one of these."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return False
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    return any(may_belong(name, one) for name in names for one in backwards)

"""What a file may define, told without importing it: it may be a script."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from gradcheck.adapters.vocabulary import BACKWARD, COTANGENT, DERIVATIVE, means, plain

# Importing these does something.
NEVER = {"__main__.py", "setup.py", "conftest.py"}


def may_define_backward(path: Path) -> bool:
    """Whether a file defines a class and what may be a backward; one that cannot be read, too."""
    return path.name not in NEVER and all(defined_in(path))


def defined_in(path: Path) -> tuple[bool, bool]:
    """Whether a file defines a class, and whether it defines what may be a backward."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return True, True  # whoever imports it is told
    found = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    functions = [one for one in found if not one.name.startswith("test")]
    names = [plain(one.name) for one in functions]
    return (
        any(isinstance(node, ast.ClassDef) for node in ast.walk(tree)),
        any(BACKWARD.fullmatch(n) or DERIVATIVE.fullmatch(n) or f"d{n}" in names for n in names)
        or any(_HINTS.search(one.name.lower()) or _is_handed_gradient(one) for one in functions),
    )


def values_in(path: Path) -> set[str]:
    """The names of the classes of a file that may be an engine's values: added up, and walked."""
    return {
        node.name
        for node in ast.walk(_read(path))
        if isinstance(node, ast.ClassDef)
        and {"__add__", "__mul__"} & (own := _methods_of(node))
        and any(BACKWARD.fullmatch(plain(name)) for name in own)
    }


def computes_with(path: Path, values: set[str]) -> bool:
    """Whether a file holds nothing but definitions, functions among them, and names such a class.

    To import it does nothing; one with a statement of its own at its end may be a script.
    """
    tree = _read(path)
    bare = [one for one in tree.body if not isinstance(one, ast.Expr) or not _is_text(one.value)]
    if path.name in NEVER or not all(isinstance(one, _DEFINITIONS) for one in bare):
        return False
    named = {
        one.name if isinstance(one, ast.alias) else one.id
        for one in ast.walk(tree)
        if isinstance(one, ast.alias | ast.Name)
    }
    return any(isinstance(one, ast.FunctionDef) for one in bare) and bool(named & values)


_DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


def _read(path: Path) -> ast.Module:
    """Its syntax tree; an empty one, where it cannot be read."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


def _methods_of(kind: ast.ClassDef) -> set[str]:
    return {one.name for one in kind.body if isinstance(one, ast.FunctionDef)}


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


_HINTS = re.compile(r"back|bwd|bprop|grad|deriv|_prime$|^d_|_d$|slope|diff")


def _is_handed_gradient(function: ast.FunctionDef) -> bool:
    """Whether an argument is called what an incoming gradient is, or asks for a derivative."""
    told = [one.arg for one in (*function.args.args, *function.args.kwonlyargs) if len(one.arg) > 1]
    return any(means(COTANGENT, name) or _HINTS.search(name.lower()) for name in told)

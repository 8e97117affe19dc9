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
        any(BACKWARD.fullmatch(n) or DERIVATIVE.fullmatch(n) for n in names)
        or any(_HINTS.search(one.name.lower()) or _is_handed_gradient(one) for one in functions),
    )


_HINTS = re.compile(r"back|bwd|bprop|grad|deriv|_prime$|^d_|_d$|slope|diff")


def _is_handed_gradient(function: ast.FunctionDef) -> bool:
    """Whether an argument is called what an incoming gradient is, or asks for a derivative."""
    told = [one.arg for one in (*function.args.args, *function.args.kwonlyargs) if len(one.arg) > 1]
    return any(means(COTANGENT, name) or _HINTS.search(name.lower()) for name in told)

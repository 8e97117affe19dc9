"""What a class or an instance offers, seen from its structure alone."""

from __future__ import annotations

import ast
import inspect
import textwrap

from gradcheck.signatures import is_required, is_variadic, parameters, positional


def has_forward_and_backward(target: object) -> bool:
    """Whether both are there and written out, not left abstract."""
    methods = [getattr(target, name, None) for name in ("forward", "backward")]
    return all(
        callable(method) and not getattr(method, "__isabstractmethod__", False)
        for method in methods
    )


def is_abstract(target: object) -> bool:
    """Whether its forward or its backward, as it is written, only raises NotImplementedError."""
    if not inspect.isclass(target):
        return False
    methods = [inspect.getattr_static(target, name, None) for name in ("forward", "backward")]
    return any(_only_raises(getattr(method, "__func__", method)) for method in methods)


def _only_raises(method: object) -> bool:
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(method))).body  # type: ignore[arg-type] # it may be none
    except (OSError, TypeError, SyntaxError, ValueError):
        return False
    statements = [
        node
        for node in getattr(definition, "body", ())
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    return len(statements) == 1 and _is_not_implemented(statements[0])


def _is_not_implemented(node: ast.stmt) -> bool:
    raised = node.exc if isinstance(node, ast.Raise) else None
    name = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(name, ast.Name) and name.id == "NotImplementedError"


def required_arguments(target: object, method: str) -> int:
    """How many positional arguments a method must be given, beside ``self``."""
    return sum(is_required(parameter) for parameter in _own_positional(target, method))


def takes_argument(target: object, method: str) -> bool:
    """Whether a method can be given a positional argument, beside ``self``."""
    variadic = any(is_variadic(parameter) for parameter in parameters(getattr(target, method)))
    return variadic or bool(_own_positional(target, method))


def _own_positional(target: object, method: str) -> list[inspect.Parameter]:
    found = positional(getattr(target, method))
    # A class's own function still shows `self`, an instance's bound method does not.
    static = isinstance(inspect.getattr_static(target, method), staticmethod | classmethod)
    return found[1:] if inspect.isclass(target) and not static else found

"""What a class or an instance offers, seen from its structure alone."""

from __future__ import annotations

import inspect

from gradcheck.signatures import is_required, is_variadic, parameters, positional


def has_forward_and_backward(target: object) -> bool:
    """Whether both are there and written out, not left abstract."""
    methods = [getattr(target, name, None) for name in ("forward", "backward")]
    return all(
        callable(method) and not getattr(method, "__isabstractmethod__", False)
        for method in methods
    )


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

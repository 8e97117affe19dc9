"""Classes of which nobody makes an instance: their functions are called as ``Sigmoid.forward(x)``.

Their authors leave out ``self``, or call the input so; Python would hand it the instance.
"""

from __future__ import annotations

import inspect
from typing import Any

from gradcheck.adapters.by_key import with_arguments
from gradcheck.adapters.compositions import composed
from gradcheck.adapters.flagged import with_derivative
from gradcheck.adapters.instructions import needs_no_object
from gradcheck.adapters.shape import backward_of, forward_of, method_of
from gradcheck.adapters.vocabulary import DERIVATIVE, VALUE
from gradcheck.foreign.signatures import required


def as_meant(target: Any) -> Any:
    """The same class with static methods, where its methods are functions without an object.

    >>> class Square:
    ...     def forward(x):
    ...         return x * x
    ...     def derivative(x):
    ...         return 2 * x
    >>> as_meant(Square)().forward(3.0)
    9.0
    """
    if not inspect.isclass(target):
        return target
    if (layer := composed(target)) is not None:
        return layer
    target = with_arguments(with_derivative(target))
    if "__init__" in vars(target):
        return target
    value = forward_of(target) or method_of(target, "", VALUE)
    gradient = backward_of(target) or method_of(target, "", DERIVATIVE)
    functions = [vars(target).get(name) for name in (value, gradient) if name]
    if len(functions) != 2 or not all(map(_is_free, functions)):
        return target
    body: dict[str, Any] = {
        name: staticmethod(member)
        for name, member in vars(target).items()
        if inspect.isfunction(member) and needs_no_object(member)
    }
    body |= {"__module__": target.__module__, "__qualname__": target.__qualname__}
    return type(target.__name__, (target,), body)


def _is_free(member: Any) -> bool:
    """Whether it is written as a function: of its input alone, or without ``self``."""
    if not inspect.isfunction(member) or not needs_no_object(member):
        return False
    wanted = [p.name for p in required(member)]
    return wanted[:1] != ["self"] or len(wanted) == 1

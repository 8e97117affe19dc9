"""One function for both: ``f(x, derivative=False)``, of which a flag asks for the derivative.

f(x, deriv=False)                       f(x, deriv=True) -> a local derivative
f(x, y, grad=False) -> loss             f(x, y, grad=True) -> its gradient
f(x, dout=None, backward=False)         f(x, dout, backward=True) -> the gradient of x
f(x, dout=None), of a class alone       f(x, dout) -> the same
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from gradcheck.adapters.shape import backward_of, called, forward_of, method_of
from gradcheck.adapters.vocabulary import COTANGENT, DERIVATIVE, VALUE, means, plain
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import is_required, parameters, required

# Surely no cotangent, where a call must give it.
_DERIVES = re.compile(r"(is|get|use|calc|compute)?(the)?(deriv|derive|derivative|derivate|prime)")
_FLAG = re.compile(
    rf"{_DERIVES.pattern}|(is|get|use|calc|compute)?(the)?(derivation|der|diff|grad|gradient|backward"
    r"|backwards|backprop|bwd|differentiate)(mode|pass)?"
)


def flag_of(function: Callable[..., Any]) -> str:
    """The name of its flag; empty where it has none.

    >>> flag_of(lambda x, deriv=False: x), flag_of(lambda x, prime: x), flag_of(lambda x, grad: x)
    ('deriv', 'prime', '')
    """
    for one in parameters(function):
        pattern = _DERIVES if is_required(one) else _FLAG
        if pattern.fullmatch(plain(one.name)) and (is_required(one) or _is_off(one.default)):
            return one.name
    return ""


def parted(function: FunctionType) -> tuple[FunctionType, FunctionType]:
    """The function without its flag, and what it is with it: given a cotangent, if it takes one."""
    flag = flag_of(function)
    words = [one for one in parameters(function) if one.name != flag]
    late = _late(words)
    asked = [one for one in words if is_required(one)]
    free = [one for one in words if one not in (*asked, *late)]
    told = [one.replace(default=inspect.Parameter.empty) for one in late]
    return (
        _told(function, flag, value=False, words=[*asked, *free]),
        _told(function, flag, value=True, words=[*asked, *told, *free]),
    )


def _late(words: Sequence[inspect.Parameter]) -> list[inspect.Parameter]:
    """The cotangent that need not be given."""
    return [one for one in words if one.default is None and means(COTANGENT, one.name)][:1]


def with_derivative(target: type) -> type:
    """The same class with a method for its derivative, where a flag of its forward asks for that.

    >>> class Square:
    ...     def forward(self, x, derivative=False):
    ...         return 2 * x if derivative else x * x
    >>> with_derivative(Square)().derivative(3.0)
    6.0
    """
    if backward_of(target) or method_of(target, "", DERIVATIVE):
        return target
    for name in (forward_of(target), method_of(target, "", VALUE), called(target)):
        member = inspect.getattr_static(target, name, None) if name else None
        function = getattr(member, "__func__", member)
        if not name or not inspect.isfunction(function):
            continue
        if flag_of(function) or _late(parameters(function)):
            return _derived(target, name, function, isinstance(member, staticmethod))
    return target


def _derived(target: type, name: str, function: FunctionType, free: bool) -> type:
    off, on = parted(function)
    count = len(required(off)) - (not free)
    pulls = len(required(on)) - (not free) > count
    gradient = "backward" if pulls else "derivative" if count == 1 else "gradient"
    methods = {name: off, gradient: _cotangent_first(on, free) if pulls else on}
    body: dict[str, Any] = {key: staticmethod(one) if free else one for key, one in methods.items()}
    body |= {"__module__": target.__module__, "__qualname__": target.__qualname__}
    return type(target.__name__, (target,), body)


def _cotangent_first(function: FunctionType, free: bool) -> FunctionType:
    """As ``backward(grad, x)``: of a layer's two arguments that is the rule."""
    words = parameters(function)
    asked = [one for one in words if is_required(one)]
    own, asked = (asked[:0], asked) if free else (asked[:1], asked[1:])
    rest = [one for one in words if not is_required(one)]
    return _told(function, "", value=True, words=[*own, asked[-1], *asked[:-1], *rest])


def _told(
    function: FunctionType, flag: str, *, value: bool, words: Sequence[inspect.Parameter]
) -> FunctionType:
    """The function with its flag at a value, given the other arguments in this order."""
    names = [one.name for one in words]

    @functools.wraps(function)
    def told(*given: Any, **options: Any) -> Any:
        named = dict(zip(names, given, strict=False)) | options
        result = function(**named, **({flag: value} if flag else {}))
        if value and result is None:
            raise ExerciseError(f"{function.__name__} returns nothing with {flag or 'its flag'} on")
        return result

    signature = inspect.Signature([one.replace(kind=_EITHER) for one in words])
    told.__signature__ = signature  # type: ignore[attr-defined]
    return told  # type: ignore[return-value]


_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _is_off(default: object) -> bool:
    return default is False or (default == 0 and type(default) is int)

"""Tensors of somebody's own engine: a class with ``data`` and ``grad``, found by its name."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.adapters.instructions import asks_arguments, keeps_only
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.shape import is_written
from gradcheck.foreign.signatures import is_required, is_variadic, parameters, positional

_NAMES = ("Tensor", "Variable")
_NUMBERS = ("data", "_data", "value", "array")
_WISH = re.compile(r"_?(requires?|needs?|wants?)_?grads?", re.IGNORECASE)


class Data(np.ndarray):
    """An array that is asked for its ``data`` as an engine's tensor is.

    >>> (np.ones(2).view(Data).data * 2).tolist()
    [2.0, 2.0]
    """

    @property
    def data(self) -> Any:
        """The same numbers, as a plain array."""
        return self.view(np.ndarray)


def as_data(value: Any) -> Any:
    """An array that has ``data``."""
    return value.view(Data)


def is_operation(kind: type) -> bool:
    """Whether it is a step of an engine's graph: it is given its tensors, and made of constants."""
    if not all(is_written(kind, name) for name in ("forward", "backward")):
        return False
    forward = inspect.getattr_static(kind, "forward")
    if not inspect.isfunction(forward) or not _asks_for_numbers(forward):
        return False
    if _looks_for_its_cotangent(inspect.getattr_static(kind, "backward")):
        return False
    constructor = inspect.getattr_static(kind, "__init__")
    plain_made = not any(map(is_required, parameters(kind))) or keeps_only(constructor)
    return plain_made and tensor_class(kind) is not None


def _asks_for_numbers(forward: Callable[..., Any]) -> bool:
    return any(asks_arguments(forward, name) for name in _NUMBERS)


def _looks_for_its_cotangent(backward: Any) -> bool:
    """Whether it is handed none: nothing at all, or its output, beside which it lies."""
    if not inspect.isfunction(backward):
        return False
    asked = positional(backward)[1:]
    is_open = any(map(is_variadic, parameters(backward)))
    return not is_open and (not asked or (len(asked) == 1 and asks_arguments(backward, "grad")))


@functools.lru_cache(maxsize=256)
def tensor_class(kind: type) -> Any:
    """The engine's class of tensors: of the file, or of another file of the package."""
    for module in _modules_near(kind):
        for name in _NAMES:
            found = vars(module).get(name)
            if inspect.isclass(found) and is_own(found, kind) and positional(found):
                return found
    return None


def _modules_near(kind: type) -> Iterator[ModuleType]:
    """Its own, what that has imported whole, and others of the package."""
    top = kind.__module__.partition(".")[0]
    own = sys.modules.get(kind.__module__)
    if own is not None:
        yield own
        yield from (one for one in vars(own).values() if inspect.ismodule(one))
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == top and module is not own and module is not None:
            yield module


def is_own(found: type, kind: type) -> bool:
    """Whether both are of one package, or the class is written in a file that nobody installed.

    A file that is loaded by itself bears another name than the siblings that it imports.
    """
    if found.__module__.partition(".")[0] == kind.__module__.partition(".")[0]:
        return True
    code = getattr(inspect.getattr_static(found, "__init__", None), "__code__", None)
    return code is not None and "site-packages" not in Path(code.co_filename).parts


def wrapped(kind: Any, numbers: Any) -> Any:
    """A copy of the numbers in the engine's class, to which a gradient is wanted."""
    names = [parameter.name for parameter in parameters(kind)]
    made = kind(copied(numbers), **{name: True for name in names if _WISH.fullmatch(name)})
    for name, value in list(getattr(made, "__dict__", {}).items()):
        if value is False and _WISH.fullmatch(name):
            setattr(made, name, True)
    return made


def asks_for_gradient(value: Any) -> bool:
    """Whether a value wants a gradient, as far as it says anything of it.

    >>> class Variable:
    ...     def __init__(self, requires_grad):
    ...         self.requires_grad = requires_grad
    >>> asks_for_gradient(Variable(True)), asks_for_gradient(Variable(False))
    (True, False)
    """
    held = getattr(value, "__dict__", {})
    return all(bool(wish) for name, wish in held.items() if _WISH.fullmatch(name))


def unwrapped(value: Any) -> Any:
    """The numbers that a tensor of somebody's engine holds; anything else as it is.

    >>> class Variable:
    ...     def __init__(self, data):
    ...         self.data = data
    >>> unwrapped(Variable(np.ones(2))), unwrapped("text")
    (array([1., 1.]), 'text')
    """
    if isinstance(value, Data):
        return value.view(np.ndarray)
    if is_array(value):
        return value
    held = (getattr(value, name, None) for name in _NUMBERS)
    return next((numbers for numbers in held if is_array(numbers)), value)


def plain(value: Any) -> Any:
    """Without what only an engine wants of it, in a tuple too."""
    if isinstance(value, tuple | list):
        return tuple(plain(one) for one in value)
    return unwrapped(value)


def as_it_is(value: Any) -> Any:
    """What wants no dress."""
    return value


def is_float(value: Any) -> bool:
    """Whether it is a tensor or an array of real numbers."""
    if isinstance(value, Tensor):
        return value.is_floating_point()
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)


def gathered(given: Sequence[Any], floats: Sequence[bool], backward: Callable[[], Any]) -> Any:
    """What a backward returns, or leaves in the tensors that it is given; not of constants.

    Args:
        given: What the forward was given.
        floats: Which of these are no constants.
        backward: To be called.
    """
    mine = [one for one, is_mine in zip(given, floats, strict=True) if is_mine]
    for one in mine:
        if getattr(one, "grad", None) is not None:
            one.grad = np.zeros_like(one.grad)
    returned = backward()
    if returned is None:
        return tuple(plain(getattr(one, "grad", None)) for one in mine)
    if not isinstance(returned, tuple | list) or len(returned) < len(floats):
        return plain(returned)
    return tuple(plain(one) for one, is_mine in zip(returned, floats, strict=False) if is_mine)


def copied(numbers: Any) -> Any:
    """The numbers of a tensor or an array, for somebody to write to."""
    if isinstance(numbers, Tensor):
        return numbers.clone()
    return numbers.copy() if isinstance(numbers, np.ndarray) else numbers

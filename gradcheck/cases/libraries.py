"""Torch or NumPy: which of them code computes with, and the numbers of one for the other."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

from torch import Tensor


def kinds_of_numbers(target: type) -> tuple[bool, ...]:
    """Whether to try arrays: first what the code names, then the other.

    Its own code decides; where that names neither library, as a layer that only calls others
    does, its module; then the modules from which that imports.  Where such a module has both, the
    code decides by how it asks: an ``x.var(axis=0)`` is another number on a tensor.
    """
    for number, named in enumerate(_named_by(target)):
        if number and {"torch", "numpy"} <= named and _asks_as_numpy(target):
            return (True, False)
        if "torch" in named:
            return (False, True)
        if named & {"numpy", "cupy"}:
            return (True, False)
    return (False, True)


def as_arrays(values: Sequence[Any]) -> tuple[Any, ...]:
    """NumPy arrays for tensors; all else as it is."""
    return tuple(value.numpy() if isinstance(value, Tensor) else value for value in values)


def _named_by(target: type) -> Iterator[set[str]]:
    yield _in_methods(target)
    modules = [sys.modules.get(base.__module__) for base in target.__mro__[:-1]]
    own = [module for module in modules if module is not None]
    yield _in_modules(own)
    top = target.__module__.partition(".")[0]
    near = {getattr(value, "__module__", "") for module in own for value in vars(module).values()}
    beside = [name for name in near if isinstance(name, str) and name.partition(".")[0] == top]
    yield _in_modules([sys.modules[name] for name in beside if name in sys.modules])


_ASKED_OF_ARRAYS = {"axis", "keepdims", "astype", "copy", "ddof"}
_ASKED_OF_TENSORS = {"dim", "keepdim", "clone", "view", "unsqueeze", "permute", "expand", "mm", "t"}


def _asks_as_numpy(target: type) -> bool:
    """Whether its methods ask for what arrays have under that name, and for nothing of tensors."""
    asked: set[str] = set()
    for function in _methods(target):
        asked |= _names(function.__code__) | _keywords(function.__code__)
    return bool(asked & _ASKED_OF_ARRAYS) and not asked & _ASKED_OF_TENSORS


def _in_methods(target: type) -> set[str]:
    found: set[str] = set()
    for function in _methods(target):
        found |= _used_by(function)
    return found


def _methods(target: type) -> Iterator[FunctionType]:
    for base in target.__mro__[:-1]:
        for member in vars(base).values():
            function = inspect.unwrap(getattr(member, "__func__", member))
            if inspect.isfunction(function):  # a wrapper may have a builtin inside
                yield function


def _in_modules(modules: list[ModuleType]) -> set[str]:
    return {_library(value) for module in modules for value in vars(module).values()}


def _used_by(function: Callable[..., Any]) -> set[str]:
    names = _names(function.__code__)
    space = function.__globals__
    found = {_library(space[name]) for name in names if name in space}
    helpers = [space[n] for n in names if inspect.isfunction(space.get(n))]
    for helper in helpers:
        inner = helper.__globals__
        found |= {_library(inner[n]) for n in _names(helper.__code__) if n in inner}
    return found


def _names(code: CodeType) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found


def _keywords(code: CodeType) -> set[str]:
    """The names by which it gives arguments: constants that are tuples of texts."""
    tuples = (one for one in code.co_consts if isinstance(one, tuple))
    return {word for one in tuples for word in one if isinstance(word, str)}


def _library(value: Any) -> str:
    name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "")
    return str(name or "").partition(".")[0]

"""Stand-ins for modules that are not installed, where nothing under test needs them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Self

import numpy as np


class StandIn:
    """Whatever is asked of it: a call, an attribute, a base class, a decorator, a context.

    >>> njit = StandIn().njit
    >>> @njit(cache=True)
    ... def twice(x):
    ...     return 2 * x
    >>> twice(3)
    6
    """

    def __getattr__(self, name: str) -> Any:
        """Another one; what Python asks of itself is not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """The function that it decorates, else another one."""
        decorates = len(arguments) == 1 and not options and callable(arguments[0])
        return arguments[0] if decorates else StandIn()

    def __getitem__(self, key: Any) -> StandIn:
        """Another one."""
        return StandIn()

    def __iter__(self) -> Iterator[Any]:
        """Nothing."""
        return iter(())

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing."""

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        """As a base class it adds nothing."""
        return ()


class _StandInModule(ModuleType):
    """A module that has every attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()


class _NumPyInstead(ModuleType):
    """CuPy has NumPy's names: where it is not installed, NumPy computes the same."""

    asnumpy = staticmethod(np.asarray)
    get_array_module = staticmethod(lambda *_: np)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        inner = self.__name__.split(".")[1:]
        return getattr(functools.reduce(getattr, inner, np), name, StandIn())


class _Finder(MetaPathFinder, Loader):
    """Finds the modules of these names, and all below them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def finds(self, name: str) -> bool:
        return any(name == one or name.startswith(f"{one}.") for one in self._names)

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        del path, target
        return ModuleSpec(fullname, self, is_package=True) if self.finds(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        is_cupy = spec.name.partition(".")[0] == "cupy"
        return _NumPyInstead(spec.name) if is_cupy else _StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: all is there already."""


@contextmanager
def stubbed(names: Sequence[str]) -> Iterator[None]:
    """Let imports of these names find a stand-in, for as long as this lasts.

    >>> with stubbed(["no_such_library"]):
    ...     from no_such_library.pyplot import plot
    >>> callable(plot)
    True
    """
    finder = _Finder(names)
    before = {name: module for name, module in sys.modules.items() if finder.finds(name)}
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if finder.finds(name)]:
            del sys.modules[name]
        sys.modules.update(before)

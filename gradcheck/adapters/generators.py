"""Generators of random numbers that an object or its file holds: wound back before each forward.

A dropout with a generator of its own drops others at each call: no two of its forwards are the
same function, unless the generator begins anew.
"""

from __future__ import annotations

import functools
import inspect
import random
import sys
from types import FunctionType
from typing import Any

import numpy as np
import torch

from gradcheck.adapters.snapshot import GENERATORS, reachable

_LOOKS = 3


class Generators:
    """All that are found below an object, even those that a first forward makes.

    >>> class Noisy:
    ...     rng = None
    ...     def __init__(self):
    ...         self.rng = np.random.default_rng(7)
    >>> noisy = Noisy()
    >>> own = Generators(noisy)
    >>> own.rewind()
    >>> first = noisy.rng.random()
    >>> own.rewind()
    >>> noisy.rng.random() == first
    True
    """

    def __init__(self, root: object) -> None:
        self._root = root
        self._starts: dict[int, tuple[Any, Any]] = {}
        self._looks = 0

    def rewind(self) -> None:
        """Put each back to where it began; an object that has none is not searched for ever."""
        if not self._starts and self._looks >= _LOOKS:
            return
        self._looks += 1
        files = {base.__module__ for base in type(self._root).__mro__}
        beside = (item for file in files for item in _of_file(file))
        for item in (*reachable(self._root), *beside):
            if isinstance(item, np.random.Generator):
                self._starts[id(item)] = (item, None)
                _begin(item.bit_generator)
            elif isinstance(item, GENERATORS):
                # Kept with its state: another one may not take its place in memory.
                _, start = self._starts.setdefault(id(item), (item, _state(item)))
                _set(item, start)


def _of_file(module: str) -> list[Any]:
    """Those that a file holds for all of its layers, or a file whose functions it calls."""
    spaces = _spaces_of(module)
    values = [value for space in spaces for value in list(space.values())]
    inside = [one for value in values if isinstance(value, dict) for one in list(value.values())]
    return [value for value in (*values, *inside) if isinstance(value, GENERATORS)]


@functools.lru_cache(maxsize=256)
def _spaces_of(module: str) -> tuple[dict[str, Any], ...]:
    """Its names, and those that the functions among them see: of its own package alone."""
    top = module.partition(".")[0]
    if top in _OTHERS or module not in sys.modules:
        return ()
    own = vars(sys.modules[module])
    functions = [one for one in list(own.values()) if inspect.isfunction(one)]
    spaces = [own, *(one.__globals__ for one in functions if _top(one) == top)]
    return tuple({id(space): space for space in spaces}.values())


def _top(function: FunctionType) -> str:
    return str(function.__module__ or "").partition(".")[0]


_OTHERS = {"builtins", "abc", "typing", "torch", "numpy", "scratchnn", "gradcheck"}


def _begin(bits: Any) -> None:
    """As its seed made it, which it remembers."""
    bits.state = type(bits)(bits.seed_seq).state


def _state(item: Any) -> Any:
    if isinstance(item, random.Random):
        return item.getstate()
    return item.get_state()


def _set(item: Any, state: Any) -> None:
    if isinstance(item, random.Random):
        item.setstate(state)
    elif isinstance(item, torch.Generator):
        item.set_state(state.clone())
    else:
        item.set_state(state)

"""Generators of random numbers that an object or its file holds: wound back before each forward.

A dropout with a generator of its own drops others at each call: no two of its forwards are the
same function, unless the generator begins anew.
"""

from __future__ import annotations

import functools
import random
import sys
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


@functools.lru_cache(maxsize=256)
def _of_file(module: str) -> tuple[Any, ...]:
    """Those that a module holds for all of its layers, looked for once."""
    if module.partition(".")[0] in _OTHERS or module not in sys.modules:
        return ()
    values = list(vars(sys.modules[module]).values())
    inside = [one for value in values if isinstance(value, dict) for one in list(value.values())]
    return tuple(value for value in (*values, *inside) if isinstance(value, GENERATORS))


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

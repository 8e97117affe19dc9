"""Somebody's object as it was: put back before every call, so that its forward is a function.

Layers keep state: what backward needs, counters, running statistics.  A witness that calls a
forward twenty times must get the same answer twenty times, and must not fill the memory with
what no backward will ever fetch.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.twins import deep_copy

Array = np.ndarray[Any, Any]
GENERATORS = (np.random.Generator, np.random.RandomState, random.Random, torch.Generator)
NOT_STATE = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)


class Snapshot:
    """The attributes of an object and of all that it holds, put back in place by ``restore``.

    Tensors and arrays in ``exempt`` are left alone: parameters are set anew before each call, and
    a copy of a large one would cost its size once more.

    >>> class Counter:
    ...     def __init__(self):
    ...         self.seen = []
    >>> counter = Counter()
    >>> snapshot = Snapshot(counter)
    >>> counter.seen.append(1)
    >>> snapshot.restore()
    >>> counter.seen
    []
    """

    def __init__(self, root: object, exempt: Collection[Tensor | Array] = ()) -> None:
        exempt_ids = {id(tensor) for tensor in exempt}
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._tensors: list[_SavedTensor | _SavedArray] = []
        for item in reachable(root):
            if isinstance(item, Tensor):
                if id(item) not in exempt_ids:
                    self._tensors.append(_SavedTensor(item))
            elif isinstance(item, np.ndarray):
                if id(item) not in exempt_ids and item.flags.writeable:
                    self._tensors.append(_SavedArray(item))
            elif isinstance(item, list):
                self._lists.append((item, list(item)))
            elif isinstance(item, dict):
                self._dicts.append((item, dict(item)))

    def restore(self) -> None:
        """Make every attribute, list, dictionary and tensor what it was."""
        for live, saved in self._dicts:
            live.clear()
            live.update(saved)
        for live_list, saved_list in self._lists:
            live_list[:] = saved_list
        for tensor in self._tensors:
            tensor.restore()


def converted_copy(root: object, dtype: torch.dtype) -> Any:
    """A deep copy in which all floating-point tensors and arrays have this dtype, shared as before.

    A constant in float32 would refuse to meet a float64 input, or round it.

    >>> converted_copy([torch.ones(2)], torch.float64)[0].dtype
    torch.float64
    """
    memo: dict[int, Any] = {}
    held = list(below(root))
    for item in held:
        if isinstance(item, Tensor) and item.is_floating_point():
            converted = memo[id(item)] = item.detach().to(dtype, copy=True)
            if item.is_leaf and item.grad is not None:
                converted.grad = item.grad.to(dtype, copy=True)
        elif isinstance(item, np.ndarray) and item.dtype.kind == "f" and dtype != torch.bfloat16:
            memo[id(item)] = item.astype(str(dtype).removeprefix("torch."))
    return deep_copy(root, memo, held)


class _SavedTensor:
    """A tensor's values, written back only if something has changed them in place."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor
        self._value = tensor.clone()
        self._version = tensor._version  # noqa: SLF001 torch's own count of in-place changes

    def restore(self) -> None:
        if self._tensor._version != self._version:  # noqa: SLF001 the same
            self._tensor.copy_(self._value)
            self._version = self._tensor._version  # noqa: SLF001 the same


class _SavedArray:
    """An array's values; NumPy does not count who writes to it."""

    def __init__(self, array: Array) -> None:
        self._array = array
        self._value = array.copy()

    def restore(self) -> None:
        np.copyto(self._array, self._value)


def reachable(root: object) -> Iterator[object]:
    """Every tensor, array, list, dictionary and generator below ``root``, each once."""
    kinds = (Tensor, np.ndarray, *GENERATORS, dict, list, tuple, set, frozenset)
    return (item for item in below(root) if isinstance(item, kinds))


def below(root: object) -> Iterator[object]:
    """The same, and every object that holds any of them; ``root`` itself is one."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        item = pending.pop()
        if id(item) in seen or isinstance(item, NOT_STATE):
            continue
        seen.add(id(item))
        if isinstance(item, (Tensor, np.ndarray, *GENERATORS)):
            yield item
            if isinstance(item, np.ndarray) and hasattr(item, "__dict__"):
                pending.append(vars(item))  # of a class of somebody's own
        elif isinstance(item, dict):
            yield item
            pending.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            yield item
            pending.extend(item)
        elif hasattr(item, "__dict__"):
            yield item
            pending.append(vars(item))

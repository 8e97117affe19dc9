"""Somebody's object as it was: put back before every call, so that its forward is a function.

Layers keep state: what backward needs, counters, running statistics.  A witness that calls a
forward twenty times must get the same answer twenty times, and must not fill the memory with
what no backward will ever fetch.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor

NOT_STATE = (type, ModuleType, FunctionType, MethodType, BuiltinFunctionType)


class Snapshot:
    """The attributes of an object and of all that it holds, put back in place by ``restore``.

    Tensors in ``exempt`` are left alone: parameters are set anew before each call anyhow, and
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

    def __init__(self, root: object, exempt: Collection[Tensor] = ()) -> None:
        exempt_ids = {id(tensor) for tensor in exempt}
        self._dicts: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._lists: list[tuple[list[Any], list[Any]]] = []
        self._tensors: list[_SavedTensor] = []
        for item in reachable(root):
            if isinstance(item, Tensor):
                if id(item) not in exempt_ids:
                    self._tensors.append(_SavedTensor(item))
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
    """A deep copy in which every floating-point tensor has this dtype, shared as it was.

    A constant in float32 would refuse to meet a float64 input, or round it.

    >>> converted_copy([torch.ones(2)], torch.float64)[0].dtype
    torch.float64
    """
    memo: dict[int, Any] = {
        id(item): item.detach().to(dtype, copy=True)
        for item in reachable(root)
        if isinstance(item, Tensor) and item.is_floating_point()
    }
    return copy.deepcopy(root, memo)


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


def reachable(root: object) -> Iterator[object]:
    """Every tensor, list and dictionary below ``root``, attribute dictionaries too, each once."""
    seen: set[int] = set()
    pending = [root]
    while pending:
        item = pending.pop()
        if id(item) in seen or isinstance(item, NOT_STATE):
            continue
        seen.add(id(item))
        if isinstance(item, Tensor):
            yield item
        elif isinstance(item, dict):
            yield item
            pending.extend(item.values())
        elif isinstance(item, list | tuple | set | frozenset):
            yield item
            pending.extend(item)
        elif hasattr(item, "__dict__"):
            pending.append(vars(item))

"""How much memory large tensors hold at the worst moment of a call, counted, not measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Live(TorchDispatchMode):
    """Watches every operation: which memory it is given or makes, and which is still alive.

    Args:
        least: Memory of fewer bytes is not counted.

    Attributes:
        peak: The most bytes that were alive at once.
    """

    def __init__(self, least: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # torch's own
        self._least = least
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Run it, and count."""
        result = operation(*args, **(kwargs or {}))
        if self._remembers((args, kwargs, result)):
            self._forget_the_dead()
            self.peak = max(self.peak, sum(size for _, size in self._alive.values()))
        return result

    def _remembers(self, values: Any) -> bool:
        storages = [x.untyped_storage() for x in tree_leaves(values) if isinstance(x, Tensor)]
        large = [storage for storage in storages if storage.nbytes() >= self._least]
        for storage in large:
            weak = StorageWeakRef(storage)
            self._alive[weak.cdata] = (weak, storage.nbytes())
        return bool(large)

    def _forget_the_dead(self) -> None:
        dead = [key for key, (weak, _) in self._alive.items() if weak.expired()]
        for key in dead:
            del self._alive[key]


def peak_of(call: Callable[[], object], leaf: Tensor) -> float:
    """Return the most memory alive at once, in units of the leaf, which counts as one of them.

    What is smaller than an eighth of it is left out.
    """
    size = leaf.numel() * leaf.element_size()
    with Live(size // 8) as live:
        torch.sum(leaf)  # it is alive, whether the call touches it or not
        call()
    return float(live.peak / size)

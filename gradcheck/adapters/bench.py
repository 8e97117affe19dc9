"""An object on the bench: called at fixed inputs, one tensor of it changed, put back as it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor

from gradcheck.adapters.fitting import normal_like
from gradcheck.adapters.routes import Route, floating, like
from gradcheck.adapters.snapshot import Snapshot
from gradcheck.subject import Outputs


@dataclass(frozen=True)
class Drive:
    """The two calls, at fixed inputs.

    Attributes:
        forward: Its outputs.
        backward: What it returns, given cotangents.
        returned: What it returned last.
        rate: The learning rate of a step inside the backward.
        has_inputs: Whether any input has a gradient: indices have none.
        free_cotangent: Whether the backward is given one; else it is that of ones.
        keys: Under which names it returned that, where those are in a dictionary.
    """

    forward: Callable[[], Outputs]
    backward: Callable[[Outputs], tuple[Any, ...]]
    returned: Callable[[], tuple[Any, ...]]
    rate: float | None
    has_inputs: bool = True
    free_cotangent: bool = True
    keys: Callable[[], Sequence[Any]] = tuple


@dataclass
class Bench:
    """An object, its two calls, and what it was.

    Attributes:
        root: The object.
        drive: How it is called.
        base: To be put back before each call.
    """

    root: Any
    drive: Drive
    base: Snapshot
    _draws: Generator = field(default_factory=lambda: Generator().manual_seed(0))

    def put(self, ways: list[Route], value: Tensor) -> None:
        """Set one tensor, wherever it is held, to a copy: the object may write into it."""
        item = ways[0].get(self.root)
        own = value.to(torch.as_tensor(item).dtype, copy=True)
        for way in ways:
            way.put(self.root, like(item, own))

    def normal(self, value: Tensor) -> Tensor:
        """Normal numbers of this shape."""
        return normal_like(value, self._draws)

    def forward_with(self, ways: list[Route], value: Tensor) -> Outputs:
        """The outputs with one tensor changed; it is put back."""
        self.base.restore()
        self.put(ways, value)
        outputs = taken(self.drive.forward())  # some write each into the same memory
        self.base.restore()
        return outputs


def taken(outputs: Outputs) -> Outputs:
    """A copy that no later call changes."""
    return tuple(y.detach().clone() for y in outputs)


def apart(outputs: Outputs, others: Outputs) -> float:
    """The largest difference of two rows of outputs; infinite, where their shapes differ."""
    if [y.shape for y in outputs] != [y.shape for y in others]:
        return math.inf
    pairs = zip(outputs, others, strict=True)
    return max((float((a - b).abs().max()) for a, b in pairs if a.numel()), default=0.0)


def copy_of(item: Any) -> Tensor:
    """Its numbers, in float64; empty for what holds none."""
    tensor = floating(item)
    return torch.empty(0, device="cpu") if tensor is None else tensor.double().clone()


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two have the same shape and the same numbers."""
    return one.shape == other.shape and torch.equal(one, other)

"""Operators with what draws their inputs."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

FEW = {(20, 20): (3, 4), (20,): (4,)}


@dataclass(frozen=True)
class Drawn:
    """A leaf: its shape, and between which bounds it is drawn; normal, where none are given."""

    shape: tuple[int, ...]
    low: float | None = None
    high: float = 1.0
    dtype: torch.dtype = torch.float64

    def tensor(self, draws: torch.Generator) -> Tensor:
        """One that asks for a gradient."""
        if self.low is None:
            drawn = torch.randn(self.shape, dtype=self.dtype, generator=draws)
        else:
            drawn = torch.rand(self.shape, dtype=self.dtype, generator=draws)
            drawn = self.low + (self.high - self.low) * drawn
        return drawn.requires_grad_()


@dataclass(frozen=True)
class Operator:
    """A function of torch's, with its leaves.

    Attributes:
        name: For the report.
        function: Of the leaves alone; constants are inside.
        leaves: What it is called with.
    """

    name: str
    function: Callable[..., Any]
    leaves: tuple[Drawn, ...]

    def inputs(self, seed: int = 0) -> tuple[Tensor, ...]:
        """New leaves, always the same for one seed."""
        draws = torch.Generator().manual_seed(seed + zlib.crc32(self.name.encode()))
        return tuple(leaf.tensor(draws) for leaf in self.leaves)

    def of_few(self) -> Operator:
        """The same of few elements, where it is drawn of four hundred."""
        leaves = tuple(replace(leaf, shape=FEW.get(leaf.shape, leaf.shape)) for leaf in self.leaves)
        return replace(self, leaves=leaves)

    def of_complex(self) -> Operator:
        """The same of complex numbers."""
        leaves = tuple(replace(leaf, dtype=torch.complex128) for leaf in self.leaves)
        return replace(self, name=f"{self.name}, complex", leaves=leaves)


def normal(*shape: int) -> Drawn:
    """Normal numbers."""
    return Drawn(shape)


def between(low: float, high: float, *shape: int) -> Drawn:
    """Numbers in an interval."""
    return Drawn(shape, low, high)


def table(rows: Mapping[str, tuple[Any, ...]]) -> tuple[Operator, ...]:
    """Name → function and leaves, as operators."""
    return tuple(Operator(name, row[0], row[1:]) for name, row in rows.items())

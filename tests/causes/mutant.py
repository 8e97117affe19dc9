"""A wrong backward, with the cause that a person who knows the mistake would name."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

import gradcheck

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Mutant:
    """One mistake.

    Attributes:
        name: In a few words.
        cause: The code, written down before any answer was seen.
        target: What is checked.
        inputs: Makes the arguments of its forward; none where the catalogue has cases.
        family: For the table.
    """

    name: str
    cause: str
    target: Any
    inputs: Callable[[], tuple[Any, ...]]
    family: str

    @property
    def held_out(self) -> bool:
        """Whether its answer was not to be looked at while causes were developed."""
        return self.family in HELD_OUT_FAMILIES and zlib.crc32(self.name.encode()) % 3 != 0


HELD_OUT_FAMILIES = (
    *("convolution", "pooling", "normalisation", "attention", "recurrence", "embedding"),
    *("elementwise", "losses, bare", "numpy", "Function"),
)


def drawn(shapes: Shapes, seed: int = 0) -> Callable[[], tuple[Any, ...]]:
    """Normal tensors of these shapes."""

    def draw() -> tuple[Any, ...]:
        generator = torch.Generator().manual_seed(seed)
        return tuple(torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)

    return draw


def positive(shapes: Shapes) -> Callable[[], tuple[Any, ...]]:
    """The same, all between 0.2 and 0.9."""
    return lambda: tuple(0.2 + 0.7 * torch.sigmoid(x) for x in drawn(shapes)())


def pair(  # noqa: PLR0917 a row of a table
    family: str,
    name: str,
    cause: str,
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Callable[[], tuple[Any, ...]],
) -> Mutant:
    """A mutant of two functions."""
    return Mutant(name, cause, gradcheck.Pair(forward, backward, name), inputs, family)

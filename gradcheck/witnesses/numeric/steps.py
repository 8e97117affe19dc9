"""Directions through a leaf, and what is asked of one: the point some way off, and a product.

A drawn direction is kept in whole steps: two bytes an element, where a float64 takes eight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradcheck.chunks import chunks


@dataclass(frozen=True)
class Steps:
    """A direction of so many steps of one length in each element.

    Attributes:
        count: How many, as int16.
        length: A power of two, so that nothing is rounded.
    """

    count: Tensor
    length: float

    def __add__(self, other: Steps) -> Steps:
        """The sum, of directions in steps of the same length."""
        return replace(self, count=self.count + other.count)

    def __mul__(self, factor: float) -> Steps:
        """The direction so many times as long."""
        return replace(self, length=self.length * factor)

    def in_steps_of(self, length: float) -> Steps:
        """The nearest direction in longer steps."""
        times, count = length / self.length, torch.empty_like(self.count)
        for to, part in chunks(count, self.count):
            to.copy_((part / times).round())
        return Steps(count, length)


Way = Tensor | Steps
"""The direction of one leaf."""

Line = Mapping[int, Way]
"""Leaf position → its direction."""


def added(one: Way, other: Way) -> Way:
    """The sum of two directions of one leaf, of one kind."""
    return one + other  # type: ignore[operator] # a tensor and a tensor, or steps and steps


def nearest(way: Way, length: float) -> Way:
    """The nearest direction that is a multiple of this length in each element."""
    if isinstance(way, Steps):
        return way.in_steps_of(length)
    return (way * (1 / length)).round() * length


def moved(leaf: Tensor, way: Way, t: float) -> Tensor:
    """The leaf, t along its way, in new memory."""
    if isinstance(way, Tensor):
        return torch.add(leaf, way, alpha=t)
    there = torch.empty_like(leaf)
    for to, part, count in chunks(there, leaf, way.count):
        torch.add(part, count, alpha=t * way.length, out=to)
    return there


def product(claim: Tensor, way: Way) -> float:
    """⟨claim, way⟩ in float64."""
    if isinstance(way, Tensor):
        return float(torch.dot(claim.double().reshape(-1), way.double().reshape(-1)))
    parts = chunks(claim, way.count)
    steps = (torch.dot(x.double().reshape(-1), n.double().reshape(-1)) for x, n in parts)
    return way.length * float(sum(steps))

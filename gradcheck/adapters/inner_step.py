"""The step that a backward takes itself: a plain one tells the gradient, no other does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from gradcheck.adapters.bench import Bench, copy_of
from gradcheck.adapters.routes import Route, floating
from gradcheck.subject import Outputs

Weight: TypeAlias = tuple[list[Route], Tensor]
"""Where a weight lies, and what it was."""

_CLOSE = 1e-2
# A step that is scaled to a length of its own differs by an epsilon alone.
_ALIKE = 1e-3


@dataclass(frozen=True)
class Step:
    """What one backward has done.

    Attributes:
        returned: What it returned.
        moved: By how much less a weight is then.
    """

    returned: Sequence[Any]
    moved: Tensor


def is_of_an_optimizer(bench: Bench, u: Outputs, first: Step, all_before: Sequence[Weight]) -> bool:
    """Whether it is as long for twice the gradient, as Adam's, or longer when it is taken again.

    The latter is one with momentum: it is taken again from where it was, as are the steps of all
    other weights, of which in a network each has a part in the gradients of the others.  ``first``
    is the step for these cotangents, of the first of the weights.
    """
    ways, was = all_before[0]
    if not first.moved.any():
        return False
    bench.base.restore()
    double = _taken(bench, ways, was, tuple(2 * one for one in u))
    bench.base.restore()
    _taken(bench, ways, was, u)
    for others, value in all_before:
        bench.put(others, value)
    second = _taken(bench, ways, was, u)
    bench.base.restore()
    return _grows(first.moved, second.moved) or _is_as_long(first, double)


def _taken(bench: Bench, ways: list[Route], was: Tensor, u: Outputs) -> Step:
    bench.drive.forward()
    returned = bench.drive.backward(tuple(one.clone() for one in u))
    return Step(returned, was - copy_of(ways[0].get(bench.root)))


def _grows(step: Tensor, again: Tensor) -> bool:
    growth = float((again * step).sum() / (step * step).sum())
    return abs(growth - 1) > _CLOSE and torch.allclose(again, growth * step, rtol=_ALIKE)


def _is_as_long(first: Step, double: Step) -> bool:
    """Though what is returned is twice as much: the cotangent does matter."""
    pairs = zip(map(floating, first.returned), map(floating, double.returned), strict=False)
    twice = [torch.allclose(2 * a, b) for a, b in pairs if a is not None and b is not None]
    return any(twice) and torch.allclose(double.moved, first.moved, rtol=_ALIKE)

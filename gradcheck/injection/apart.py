"""How far a changed backward's claims are from those of the backward as it is, case by case."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.cases.probe import take
from gradcheck.errors import ExerciseError
from gradcheck.pipeline import DRAWS
from gradcheck.subject import Claims, Subject

# Claims this near to each other are the same but for the order of their sums.
SAME = 1e-13

Claimed = list[list[Claims]]
"""What is claimed in each case, for each draw; nothing in a case that cannot be called."""


def claims_of(
    cases: Sequence[Case], seed: int, change: Callable[[Subject], Subject] = lambda s: s
) -> Claimed:
    """What is claimed in each case, at the very draws of a check."""
    found: Claimed = []
    for number, case in enumerate(cases):
        start = seed_of(seed, number)
        try:
            instance, inputs = case.make(start)
            subject = change(adapt(instance, inputs, case.options))
            seeds = tuple(seed_of(start, draw) for draw in range(DRAWS))
            probe = take(subject, seeds, move_weights=not case.is_users)
        except ExerciseError:
            found.append([])
            continue
        found.append([draw.claims for draw in probe.draws])
    return found


def apart(one: Claimed, other: Claimed) -> list[float]:
    """For each case the largest difference of a claim, relative to its largest element.

    >>> apart([[(torch.ones(2),)]], [[(torch.tensor([1.0, 0.5]),)]])
    [0.5]
    """
    return [_of_case(first, second) for first, second in zip(one, other, strict=True)]


def _of_case(one: list[Claims], other: list[Claims]) -> float:
    if len(one) != len(other):
        return float("inf")
    return max(map(_of_draw, one, other), default=0.0)


def _of_draw(ours: Claims, theirs: Claims) -> float:
    """Infinite where a leaf is claimed or found in one of them alone."""
    if len(ours) != len(theirs):
        return float("inf")
    return max(map(_distance, ours, theirs), default=0.0)


def _distance(one: object, other: object) -> float:
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return 0.0 if one is other else float("inf")
    if one.shape != other.shape:
        return float("inf")
    if torch.equal(one, other) or not one.numel():
        return 0.0
    size = max(float(one.abs().max()), float(other.abs().max()))
    return float((one.double() - other.double()).abs().max()) / size

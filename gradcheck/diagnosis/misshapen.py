"""A claim that has not the shape of its leaf: what it is instead, where that can be told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.diagnosis.truth import CLOSE_BY_AUTOGRAD, ByAutograd, TooExpensive
from gradcheck.records import Cause

_MOST_AXES = 5


def cause_of(probe: Probe, position: int) -> Cause | None:
    """The mistake behind a wrong shape; None where the numbers show none."""
    draw = probe.draws[0]
    claim = draw.claims[position]
    if not isinstance(claim, Tensor) or probe.subject.opaque:
        return None
    claim = claim.double()
    if any(u.shape == claim.shape and torch.equal(u.double(), claim) for u in draw.cotangents):
        evidence = "the claimed gradient is grad_output itself, passed through untouched"
        return Cause("ignores_cotangent", evidence)
    try:
        truth = ByAutograd(probe.subject)(probe.values, draw.cotangents, position).double()
    except TooExpensive:
        return None
    for code, changed, evidence in _mended(claim, truth.shape):
        if changed.shape == truth.shape and _same(changed, truth):
            return Cause(code, evidence)
    return None


def _mended(claim: Tensor, shape: torch.Size) -> Iterator[tuple[str, Tensor, str]]:
    """What a claim of another shape becomes by the one step that may have been forgotten."""
    for count in range(1, claim.dim() + 1):
        for axes in itertools.combinations(range(claim.dim()), count):
            told = f"axis {axes[0]}" if count == 1 else f"axes {', '.join(map(str, axes))}"
            evidence = f"it is not reduced: summed over {told} it would be right"
            for kept in (False, True):
                yield "batch_reduction", claim.sum(axes, keepdim=kept), evidence
    if claim.dim() <= _MOST_AXES and sorted(claim.shape) == sorted(shape):
        for order in itertools.permutations(range(claim.dim())):
            told = "transposed" if claim.dim() == 2 else f"with its axes as {order}"
            yield "transpose", claim.permute(order), f"{told} it would be right"


def _same(one: Tensor, other: Tensor) -> bool:
    size = float(other.abs().max()) if other.numel() else 0.0
    return float((one - other).abs().max()) <= CLOSE_BY_AUTOGRAD * size

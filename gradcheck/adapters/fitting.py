"""Which of several readings of a backward is its author's: the one that a finite difference fits.

Only what authors are free to choose is decided so: the sum or the mean of a vector of losses, the
argument of a derivative.  Where none fits, the first reading stands, to be refuted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from gradcheck.errors import ExerciseError
from gradcheck.subject import Subject, flat, vjp

_STEP = 2.0**-10
_CLOSE = 1e-2
# What is right to two digits may be another loss, with a small penalty.
_SHORT, _NEARLY = 2.0**-17, 1e-6


def chosen(readings: Sequence[Subject]) -> int:
    """The number of the first reading whose claims fit; 0 if none does."""
    if len(readings) == 1:
        return 0
    return next((i for i, reading in enumerate(readings) if fits(reading)), 0)


def fits(subject: Subject, *, steep: bool = False) -> bool:
    """Whether every claim for an input is the slope along one direction, to two digits.

    Where it is to be ``steep``, some claim is not zero: where all is flat, zero fits anything.
    """
    draws = Generator().manual_seed(0)
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        with torch.no_grad():
            outputs = subject.forward(values)
            u = tuple(
                normal_like(y, draws).to(y) if subject.free_cotangent else torch.ones_like(y)
                for y in outputs
            )
            claims = vjp(subject, values, u)
            if steep and not any(bool(claim.any()) for claim in claims if claim is not None):
                return False
            return all(
                is_slope(subject, position, claim, u, draws)
                for position, claim in enumerate(claims)
                if claim is not None and not subject.leaves[position].unclaimed
            )
    except (ExerciseError, RuntimeError):
        return False


def fits_some(subject: Subject) -> bool:
    """Whether some claim is the slope along three directions: that of another may be wrong."""
    pairs = _pairs(subject, _STEP, first=False)
    by_claim = [pairs[start : start + 3] for start in range(0, len(pairs), 3)]
    return any(all(_is_close(*pair) for pair in three) for three in by_claim)


def share(subject: Subject) -> float | None:
    """By which number its first claim is the slope, along three directions the same one.

    None where there is none, or no such number.
    """
    pairs = _pairs(subject, _STEP, first=True)
    if not pairs or not all(slope and isfinite(slope + claimed) for slope, claimed in pairs):
        return None
    shares = [claimed / slope for slope, claimed in pairs]
    mean = sum(shares) / len(shares)
    return mean if mean and all(abs(one - mean) <= _CLOSE * abs(mean) for one in shares) else None


def shared_by_all(subject: Subject) -> bool:
    """Whether all claims are that number times their slopes, to nearly all digits."""
    pairs = _pairs(subject, _SHORT, first=False)
    most = max((abs(slope) for slope, _ in pairs), default=0.0)
    shares = [claimed / slope for slope, claimed in pairs if abs(slope) > _NEARLY * most]
    return bool(shares) and max(shares) - min(shares) <= _NEARLY * abs(shares[0])


def _pairs(subject: Subject, step: float, *, first: bool) -> list[tuple[float, float]]:
    """Slopes and what is claimed, of the first claim or of all, along three directions each.

    Nothing where it cannot be called, or some claim is of another size.
    """
    draws = Generator().manual_seed(0)
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        with torch.no_grad():
            u = tuple(torch.ones_like(y) for y in subject.forward(values))
            claims = vjp(subject, values, u)
            told = [i for i, leaf in enumerate(subject.leaves) if not leaf.unclaimed]
            told = [i for i in told if claims[i] is not None][: 1 if first else None]
            found = [_slopes(subject, i, claims[i], u, draws, step) for i in told for _ in range(3)]
    except (ExerciseError, RuntimeError):
        return []
    return [] if None in found else [pair for pair in found if pair]


def is_slope(
    subject: Subject, position: int, claim: object, u: tuple[Tensor, ...], draws: Generator
) -> bool:
    """Whether a claim is the slope of the leaf at this position, along one direction."""
    pair = _slopes(subject, position, claim, u, draws)
    return pair is not None and _is_close(*pair)


def _is_close(slope: float, claimed: float) -> bool:
    return abs(slope - claimed) <= _CLOSE * max(abs(slope), abs(claimed))


def _slopes(  # noqa: PLR0917 one line of a claim
    subject: Subject,
    position: int,
    claim: object,
    u: tuple[Tensor, ...],
    draws: Generator,
    step: float = _STEP,
) -> tuple[float, float] | None:
    """That of the forward along one direction, and the claimed one; None for a misshapen claim."""
    values = [leaf.value for leaf in subject.leaves]
    here = values[position]
    if not isinstance(claim, Tensor) or claim.numel() != here.numel():
        return None
    v = normal_like(here, draws) * max(float(here.abs().mean()), 1e-3)
    sides = []
    for sign in (1, -1):
        values[position] = here + sign * step * v
        sides.append(float((flat(u) * flat(subject.forward(tuple(values)))).double().sum()))
    claimed = float((claim.reshape(here.shape) * v).sum())
    return (sides[0] - sides[1]) / (2 * step), claimed


def normal_like(like: Tensor, draws: Generator) -> Tensor:
    """Normal numbers in float64: those of the CPU, for every device."""
    drawn = torch.randn(like.shape, generator=draws, dtype=torch.float64, device="cpu")
    return drawn.to(like.device)


def unhidden(subject: Subject) -> Subject:
    """The same, with normal numbers for a leaf of zeros, which hides what it is multiplied by."""
    leaves = (
        leaf if bool(leaf.value.any()) else replace(leaf, value=anywhere(leaf.value, seed=number))
        for number, leaf in enumerate(subject.leaves, 2)
    )
    return replace(subject, leaves=tuple(leaves))


def anywhere(value: Any, *, seed: int = 1) -> Any:
    """Normal numbers of the same shape, always the same ones; what is no tensor as it is."""
    draws = Generator().manual_seed(seed)
    is_array = isinstance(value, np.ndarray)
    if not is_array and not (isinstance(value, Tensor) and value.is_floating_point()):
        return value
    drawn = torch.randn(value.shape, generator=draws, dtype=torch.float64, device="cpu")
    return drawn.numpy() if is_array else drawn.to(value.device)

"""Which of several readings of a backward is its author's: the one that a finite difference fits.

Only what authors are free to choose is decided so: the sum or the mean of a vector of losses, the
argument of a derivative.  Where none fits, the first reading stands, to be refuted.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from gradcheck.errors import ExerciseError
from gradcheck.subject import Subject, flat, vjp

_STEP = 2.0**-10
_CLOSE = 1e-2


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


def is_slope(
    subject: Subject, position: int, claim: object, u: tuple[Tensor, ...], draws: Generator
) -> bool:
    """Whether a claim is the slope of the leaf at this position, along one direction."""
    values = [leaf.value for leaf in subject.leaves]
    here = values[position]
    if not isinstance(claim, Tensor) or claim.numel() != here.numel():
        return False
    v = normal_like(here, draws) * max(float(here.abs().mean()), 1e-3)
    sides = []
    for sign in (1, -1):
        values[position] = here + sign * _STEP * v
        sides.append(float((flat(u) * flat(subject.forward(tuple(values)))).double().sum()))
    slope = (sides[0] - sides[1]) / (2 * _STEP)
    claimed = float((claim.reshape(here.shape) * v).sum())
    return abs(slope - claimed) <= _CLOSE * max(abs(slope), abs(claimed))


def normal_like(like: Tensor, draws: Generator) -> Tensor:
    """Normal numbers in float64: those of the CPU, for every device."""
    drawn = torch.randn(like.shape, generator=draws, dtype=torch.float64, device="cpu")
    return drawn.to(like.device)

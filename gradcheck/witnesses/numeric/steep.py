"""Whether a forward has a finite slope at all, where a claimed gradient holds none.

The slope of a square root at zero is infinite, and to claim so is no mistake; of an absolute value
it is 1 and -1, and NaN is one.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator
from gradcheck.cases.probe import Probe
from gradcheck.subject import flat
from gradcheck.witnesses.numeric.survey import outputs_at

# A slope that is finite is the same for both steps; x log x has grown by a half.
STEPS = (2.0**-20, 2.0**-30)
STEADY = 0.1
_ROUNDINGS = 8 * torch.finfo(torch.float64).eps


def has_slope(probe: Probe, position: int) -> bool:
    """Whether the outputs have finite slopes where the claim of a leaf is not finite.

    To one side it is enough, if the forward ends at the other.
    """
    claim, leaf = probe.draws[0].claims[position], probe.values[position]
    if not isinstance(claim, Tensor) or claim.shape != leaf.shape:
        return True
    line = direction(leaf, generator(probe.seed, position, 31)) * ~torch.isfinite(claim)
    y, known = flat(probe.outputs).double(), False
    for sign in (1, -1):
        far, near = (
            (outputs_at(probe, {position: sign * line}, step) - y) / step for step in STEPS
        )
        if not bool(torch.isfinite(far).all() and torch.isfinite(near).all()):
            continue
        size = torch.maximum(far.abs(), near.abs())
        if bool(((far - near).abs() > STEADY * size + _ROUNDINGS * y.abs() / STEPS[1]).any()):
            return False
        known = True
    return known

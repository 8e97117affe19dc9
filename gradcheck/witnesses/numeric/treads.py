"""Outputs that are constant but for jumps, as of floor or of a quantised layer: of slope zero.

Steps that cross a jump measure nothing, and shorter ones could miss a slope that rounding hides: a
float32 inside stands still as well.  What tells the two apart is how long the treads are.  Those of
rounding, even in bfloat16, are below a hundredth of what is rounded; a tread that is longer was
meant.  Or the output is small beside what cancels in it, as a cross entropy of 1e-13 is beside its
logits: its values are then all multiples of a power of two, and so high may a hidden step be.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.ladder import AFAR, Bundle
from gradcheck.witnesses.numeric.noise import hidden_step
from gradcheck.witnesses.numeric.projection import Ascent
from gradcheck.witnesses.numeric.stencil import Slopes

# Within so much of a direction's length an output must not move at all ...
STILL = (2.0**-20, 2.0**-28)
# ... and within so much it takes few values, where rounding in bfloat16 takes a dozen.
REACH, POINTS, FEW = 2.0**-4, 16, 4


def settled(ascent: Ascent, bundle: Bundle) -> Ascent:
    """The same, with a slope of zero for outputs of which no more is known than that they stand.

    Nothing is asked where all slopes are known; else 44 forwards for two directions.
    """
    unknown = torch.isinf(ascent.best.error).any(dim=0)
    if not bool(unknown.any()):
        return ascent
    flat = unknown & _stands_still(bundle)
    if not bool(flat.any()):
        return ascent
    near = torch.stack([bundle.along(t) for t in torch.linspace(-REACH, REACH, POINTS).tolist()])
    if not _are_long_treads(near[:, :, flat]):
        return ascent
    hidden = hidden_step(torch.cat([near, bundle.afar]), bundle.centre) / max(STILL)
    return replace(
        ascent,
        best=_flattened(ascent.best, flat, hidden),
        rungs=tuple(_flattened(slopes, flat, hidden) for slopes in ascent.rungs),
        irregular=ascent.irregular & ~flat,
        forwards=ascent.forwards + len(bundle.centre) * (2 * len(STILL) + POINTS + len(AFAR)),
    )


def _stands_still(bundle: Bundle) -> Tensor:
    """Whether no short step to either side moves an output.

    Shapes   (n_outputs,)
    """
    steps = [sign * step for step in STILL for sign in (1, -1)]
    same = [(bundle.along(step) == bundle.centre).all(dim=0) for step in steps]
    return torch.stack(same).all(dim=0)


def _are_long_treads(values: Tensor) -> bool:
    """Whether outputs take few values as a rule, some way to both sides.

    Shapes   values (n_points, n_directions, n_outputs)
    """
    taken = 1 + (values.sort(dim=0).values.diff(dim=0) != 0).sum(dim=0)
    return int(taken.median()) <= FEW


def _flattened(slopes: Slopes, flat: Tensor, hidden: Tensor) -> Slopes:
    """A slope of zero, and no more doubt of it than rounding casts on what stands still."""
    changed = {
        name: torch.where(flat, 0.0, getattr(slopes, name))
        for name in ("value", "curvature", "jump")
    }
    doubts = {
        name: torch.where(flat, hidden, getattr(slopes, name)) for name in ("error", "roundoff")
    }
    return replace(slopes, **changed, **doubts)

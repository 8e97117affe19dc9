"""Outputs that are constant but for jumps, as of floor or of a quantised layer: of slope zero.

Steps that cross a jump measure nothing, and shorter ones could miss a slope that rounding hides: a
float32 inside stands still as well.  What tells the two apart is how long the treads are.  Those of
rounding, even in bfloat16, are below a hundredth of what is rounded; a tread that is longer was
meant.  Or the output is small beside what cancels in it, as a cross entropy of 1e-13 is beside its
logits: its values are then all multiples of a power of two, and so high may a hidden step be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.bundle import AFAR, Bundle
from gradcheck.witnesses.numeric.noise import hidden_step
from gradcheck.witnesses.numeric.stencil import Slopes

# Within so much of a direction's length an output must not move at all ...
STILL = (2.0**-20, 2.0**-28)
# ... and within so much it takes few values, where rounding in bfloat16 takes a dozen.
REACH, POINTS, FEW = 2.0**-4, 16, 4


@dataclass(frozen=True)
class Treads:
    """The outputs of which no more is known than that they stand still, on long treads.

    Attributes:
        flat: Which they are.
        hidden: The slope that rounding may hide in what stands still: an erf of 15 does as well,
            for it moves by less than the last bit of one.
        forwards: How often the forward was called.

    Shapes   flat (n_outputs,), hidden (n_directions, n_outputs)
    """

    flat: Tensor
    hidden: Tensor
    forwards: int

    @classmethod
    def under(cls, slopes: Slopes, bundle: Bundle) -> Self:
        """Those among the outputs without a slope.

        Nothing is asked where all slopes are known; else 52 forwards for two directions.
        """
        unknown, nothing = torch.isinf(slopes.error).any(dim=0), torch.zeros_like(bundle.centre)
        if not bool(unknown.any()):
            return cls(unknown, nothing, 0)
        flat, forwards = unknown & _stands_still(bundle), 2 * len(STILL)
        if not bool(flat.any()):
            return cls(flat, nothing, len(bundle.centre) * forwards)
        places = torch.linspace(-REACH, REACH, POINTS).tolist()
        near = torch.stack([bundle.along(t) for t in places])
        forwards = len(bundle.centre) * (forwards + POINTS + len(AFAR))
        if not _are_long(near[:, :, flat]):
            return cls(torch.zeros_like(flat), nothing, forwards)
        hidden = hidden_step(torch.cat([near, bundle.afar]), bundle.centre) / max(STILL)
        return cls(flat, hidden, forwards)

    def flattened(self, slopes: Slopes) -> Slopes:
        """A slope of zero, and no more doubt of it than rounding casts on what stands still."""
        if not bool(self.flat.any()):
            return slopes
        changed = {
            name: torch.where(self.flat, 0.0, getattr(slopes, name))
            for name in ("value", "curvature", "jump")
        }
        doubts = {
            name: torch.where(self.flat, self.hidden, getattr(slopes, name))
            for name in ("error", "roundoff")
        }
        return replace(slopes, **changed, **doubts)


def _stands_still(bundle: Bundle) -> Tensor:
    """Whether no short step to either side moves an output.

    Shapes   (n_outputs,)
    """
    steps = [sign * step for step in STILL for sign in (1, -1)]
    same = [(bundle.along(step) == bundle.centre).all(dim=0) for step in steps]
    return torch.stack(same).all(dim=0)


def _are_long(values: Tensor) -> bool:
    """Whether outputs take few values as a rule, some way to both sides.

    Shapes   values (n_points, n_directions, n_outputs)
    """
    taken = 1 + (values.sort(dim=0).values.diff(dim=0) != 0).sum(dim=0)
    return int(taken.median()) <= FEW

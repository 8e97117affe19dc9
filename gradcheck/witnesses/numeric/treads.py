"""Outputs that are constant but for jumps, as of floor or of a quantised layer: of slope zero.

Steps that cross a jump measure nothing, and shorter ones could miss a slope that rounding hides: a
float32 inside stands still as well.  What tells the two apart is how long the treads are.  Those of
rounding, even in bfloat16, are below a hundredth of what is rounded; a tread that is longer was
meant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.bundle import Bundle
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

    Shapes   flat, hidden (n_outputs,)
    """

    flat: Tensor
    hidden: Tensor
    forwards: int

    @classmethod
    def under(cls, slopes: Slopes, bundle: Bundle) -> Self:
        """Those among the outputs without a slope.

        Nothing is asked where all slopes are known; else 40 forwards for two directions.
        """
        hidden = bundle.half_epsilon * bundle.centre[0].abs() / max(STILL)
        unknown = torch.isinf(slopes.error).any(dim=0)
        if not bool(unknown.any()):
            return cls(unknown, hidden, 0)
        flat, forwards = unknown & _stands_still(bundle), 2 * len(STILL)
        if bool(flat.any()):
            flat, forwards = flat & _has_long_treads(bundle, flat), forwards + POINTS
        return cls(flat, hidden, len(bundle.centre) * forwards)

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


def _has_long_treads(bundle: Bundle, flat: Tensor) -> bool:
    """Whether outputs take few values as a rule, some way to both sides."""
    places = torch.linspace(-REACH, REACH, POINTS).tolist()
    values = torch.stack([bundle.along(t)[:, flat] for t in places]).sort(dim=0).values
    taken = 1 + (values.diff(dim=0) != 0).sum(dim=0)
    return int(taken.median()) <= FEW

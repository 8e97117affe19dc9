"""Outputs that are constant but for jumps, as of floor or of a quantised layer: of slope zero.

Steps that cross a jump measure nothing, and shorter ones could miss a slope that rounding hides: a
float32 inside stands still as well.  What tells the two apart is how long the treads are.  Those of
rounding, even in bfloat16, are below a hundredth of what is rounded; a tread that is longer was
meant.  Or the output is small beside what cancels in it, as a cross entropy of 1e-13 is beside its
logits: its values are then all multiples of a power of two, and so high may a hidden step be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.bundle import Bundle
from gradcheck.witnesses.numeric.noise import hidden_step
from gradcheck.witnesses.numeric.stencil import Slopes

# Within so much of a direction's length an output must not move at all ...
STILL = (2.0**-20, 2.0**-28)
# ... and within so much it takes few values, where rounding in bfloat16 takes a dozen.
REACH, POINTS, FEW = 2.0**-4, 16, 4


@dataclass(frozen=True)
class Ground:
    """What the outputs do around a point, looked at once, when it is first asked."""

    bundle: Bundle

    @cached_property
    def is_still(self) -> Tensor:
        """Whether no short step to either side moves an output: four forwards for a direction.

        Shapes   (n_outputs,)
        """
        steps = [sign * step for step in STILL for sign in (1, -1)]
        same = [(self.bundle.along(t) == self.bundle.centre).all(dim=0) for t in steps]
        return torch.stack(same).all(dim=0)

    @cached_property
    def near(self) -> Tensor:
        """The outputs some way to both sides: sixteen forwards for a direction.

        Shapes   (n_points, n_directions, n_outputs)
        """
        places = torch.linspace(-REACH, REACH, POINTS, device="cpu").tolist()
        return torch.stack([self.bundle.along(t) for t in places])


@dataclass(frozen=True)
class Treads:
    """The outputs of which no more is known than that they stand still, on long treads.

    Attributes:
        flat: Which they are.
        hidden: The slope that rounding may hide in what stands still: an erf of 15 does as well,
            for it moves by less than the last bit of one.

    Shapes   flat (n_outputs,), hidden (n_directions, n_outputs)
    """

    flat: Tensor
    hidden: Tensor

    @classmethod
    def under(cls, slopes: Slopes, ground: Ground) -> Self:
        """Those among the outputs without a slope; nothing is asked where all slopes are known."""
        unknown, centre = torch.isinf(slopes.error).any(dim=0), ground.bundle.centre
        flat = unknown & ground.is_still if bool(unknown.any()) else unknown
        if not bool(flat.any()):
            return cls(flat, torch.zeros_like(centre))
        if not _are_long(ground.near[:, :, flat]):
            return cls(torch.zeros_like(flat), torch.zeros_like(centre))
        hidden = hidden_step(torch.cat([ground.near, ground.bundle.afar]), centre) / max(STILL)
        return cls(flat, hidden)

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


def _are_long(values: Tensor) -> bool:
    """Whether outputs take few values as a rule, some way to both sides.

    Shapes   values (n_points, n_directions, n_outputs)
    """
    taken = 1 + (values.sort(dim=0).values.diff(dim=0) != 0).sum(dim=0)
    return int(taken.median()) <= FEW

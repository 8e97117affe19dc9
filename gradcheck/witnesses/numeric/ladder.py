"""From a function of one real number to its derivative at zero, with an error bar that holds.

The cheapest rung is tried first.  Only while the bar is coarser than asked do smaller steps
follow, each rung 128 times below the last, and every output element keeps the estimate that is
best for it.  A single difference with a far smaller step, the sentinel, contradicts a rung whose
steps all fit the period of an oscillation, or that jumps over a spike.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from gradcheck.norms import norm
from gradcheck.witnesses.numeric.stencil import STEPS, Path, Rung, Slopes

# Units of step, in units of the direction (which carries the scale of the leaf).
UNITS = (2.0**-10, 2.0**-17, 2.0**-24, 2.0**-31, 2.0**-38)
SENTINEL_STEP = 3 * 2.0**-21
# The bar is this many times the estimated standard error of the projected derivative.
SAFETY = 4.0
# Two estimates contradict each other where they differ by this many times both their errors.
# Among many outputs of long sums, one may be forty times noisier than its own last bit says.
CONTRADICTION = 8.0
CONTRADICTION_OF_MANY = 64.0
MANY = 8


class Reading(NamedTuple):
    """What one rung says of the projected derivative."""

    value: float
    bar: float


@dataclass(frozen=True)
class Slope:
    """The derivative of  t ↦ ⟨u, y(t)⟩  at zero.

    The true value lies within ``bar`` of ``value``; ``kink`` is the part of the bar that no
    smaller step can remove, half the jump between the one-sided slopes; ``readings`` holds what
    each rung said by itself.
    """

    value: float
    bar: float
    kink: float
    readings: tuple[Reading, ...]
    evaluations: int


def slope(path: Path, u: Tensor, goal: float, *, confirm: bool = False) -> Slope:
    """Differentiate  t ↦ ⟨u, path(t)⟩  at t = 0 to within ``goal``, as far as that is possible.

    ``confirm`` climbs every rung, whatever the first says: what contradicts somebody's work is
    measured with steps of every size.

    Shapes   path(t) (n_outputs,), u (n_outputs,)

    >>> y = lambda t: torch.tensor([t * t + 3 * t], dtype=torch.float64)
    >>> found = slope(y, torch.ones(1, dtype=torch.float64), goal=1e-12)
    >>> abs(found.value - 3) <= found.bar < 1e-12
    True
    """
    centre = path(0.0)
    line = _Line(path, centre.double(), u.double(), torch.finfo(centre.dtype).eps)
    best = line.climb(UNITS[0], goal)
    readings = [line.read(best)]
    for unit in UNITS[1:]:
        if not confirm and (line.bar(best) <= goal or line.finer_is_hopeless(best)):
            break
        rung = line.climb(unit, goal)
        readings.append(line.read(rung))
        best = _merge(best, rung)
    return Slope(
        *line.read(best),
        kink=line.kink(best),
        readings=tuple(readings),
        evaluations=line.evaluations,
    )


@dataclass
class _Line:
    """The path, its centre, and the cotangent on which its derivative is projected."""

    path: Path
    centre: Tensor
    u: Tensor
    epsilon: float
    evaluations: int = 1  # the centre

    def at(self, t: float) -> Tensor:
        self.evaluations += 1
        return self.path(t).double()

    def climb(self, unit: float, goal: float) -> Slopes:
        """Refine one rung until its bar meets the goal or its steps are used up."""
        rung = Rung(self.at, self.centre, unit, self.epsilon)
        rung.refine()
        rung.refine()
        while self.bar(rung.slopes()) > goal and rung.levels < len(STEPS):
            rung.refine()
        slopes = rung.slopes()
        return self._heed_sentinel(slopes, unit) if unit > SENTINEL_STEP else slopes

    @cached_property
    def _sentinel(self) -> Tensor:
        return (self.at(SENTINEL_STEP) - self.at(-SENTINEL_STEP)) / (2 * SENTINEL_STEP)

    def _heed_sentinel(self, slopes: Slopes, unit: float) -> Slopes:
        """Widen the error of each element that a much smaller step contradicts."""
        ratio = SENTINEL_STEP / unit
        expected = slopes.doubt + slopes.roundoff / ratio + slopes.curvature * ratio**2
        apart = (slopes.value - self._sentinel).abs().nan_to_num(torch.inf)
        contradicted = apart > _contradiction(slopes) * expected
        return replace(slopes, error=torch.where(contradicted, apart, slopes.error))

    def read(self, slopes: Slopes) -> Reading:
        """The projected derivative with its bar."""
        return Reading(float(self.u @ slopes.value), self.bar(slopes))

    def bar(self, slopes: Slopes) -> float:
        """How far the projected derivative may be off.

        u is drawn at random, apart from the errors, so its projection of them is normal with
        their norm as standard deviation.  A jump is no error but an ambiguity: it counts in full.
        """
        return SAFETY * norm(self.u * slopes.error) + self.kink(slopes)

    def kink(self, slopes: Slopes) -> float:
        """How far any choice between the one-sided slopes can be from the middle."""
        return 0.5 * float((self.u * slopes.jump).abs().sum())

    def finer_is_hopeless(self, slopes: Slopes) -> bool:
        """Whether roundoff alone would make the next rung's bar no better than this one's."""
        next_roundoff = slopes.roundoff * (UNITS[0] / UNITS[1])
        floor = torch.minimum(slopes.doubt, next_roundoff)
        return SAFETY * norm(self.u * floor) > 0.5 * self.bar(slopes)


def _merge(best: Slopes, finer: Slopes) -> Slopes:
    """Keep the better estimate of each element; where the two contradict, trust neither."""
    if _is_staircase(best, finer):
        return best
    tolerated = _contradiction(best) * (finer.doubt + best.doubt)
    apart = (finer.value - best.value).abs()
    contradicted = torch.isfinite(finer.error) & (apart > tolerated)
    widened = torch.where(contradicted, torch.maximum(apart, finer.error), finer.error)
    finer = replace(finer, error=widened)
    better = contradicted | (finer.doubt < best.doubt)
    return Slopes(
        *(
            torch.where(better, getattr(finer, field.name), getattr(best, field.name))
            for field in fields(Slopes)
        )
    )


def _is_staircase(best: Slopes, finer: Slopes) -> bool:
    """Whether some output stands still under small steps that surely moved under larger ones.

    A forward that rounds is a staircase: below the width of its treads nothing moves, and a slope
    of zero with no error would be believed.  What such steps say of other outputs is no better.
    """
    surely_moved = best.value.abs() > CONTRADICTION * best.doubt
    return bool((finer.unmoved & surely_moved).any())


def _contradiction(slopes: Slopes) -> float:
    return CONTRADICTION_OF_MANY if slopes.value.numel() >= MANY else CONTRADICTION

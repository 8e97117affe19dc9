"""Slopes to either side of a point, and around it: what may be claimed where there is a kink.

At a kink the derivative along v is one number to the right and another to the left, and whatever
lies between is the slope of a valid subgradient.  That is all there is where f is regular
(convex or concave, as |x|, max, hinge).  Elsewhere (|x| - |y|, a median of equal numbers) the
one-sided slopes say too little: there Clarke's subdifferential counts, the hull of the gradients
at points nearby, and it is sampled.

Source   F. H. Clarke, "Optimization and Nonsmooth Analysis" (1983), chapter 2.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator
from gradcheck.cases.probe import Probe
from gradcheck.norms import norm
from gradcheck.subject import flat
from gradcheck.witnesses.numeric.steps import Line, moved
from gradcheck.witnesses.numeric.survey import outputs_at

# One-sided differences with 2h and h, extrapolated, err by h² f''' and by four roundings over h.
STEP = 2.0**-20
# Slopes at points so far away, in units of the leaf's scale, with steps far below that, so that
# their own roundoff is 2e-6 of the output: far less than a jump that matters.
NEARBY = (2.0**-24, 2.0**-27)
NEARBY_STEP = 2.0**-33
SAMPLES = 64
# A jump that is met by one sample in four escapes so many at odds of one in a hundred.
FEW_SAMPLES = 16
# A claim is excluded by slopes that are the same at steps so much shorter, too.
NEARER = 2.0**-5
# A slope that depends on the step by more than this part of itself is none.
STEADY = 1e-2
# A claim counts as inside the interval if it is no further out than this part of the slopes.
TOLERANCE = 1e-7
# Slopes nearby are less exact, and differ by curvature times the distance too.
NEARBY_TOLERANCE = 1e-4
_EPSILON = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Sides:
    """The slopes of every output along one line, to the left and to the right of the point.

    Shapes   left, right, unsteady (n_outputs,)
    """

    left: Tensor
    right: Tensor
    unsteady: Tensor  # how much the slope to a side depends on the step
    forwards: int = 4

    def is_unsteady(self, u: Tensor) -> bool:
        """Whether there is no slope to speak of: the function jumps or oscillates here."""
        size = torch.maximum(self.left.abs(), self.right.abs())
        return not float((u * self.unsteady).abs().sum()) <= STEADY * float((u * size).abs().sum())


@dataclass(frozen=True)
class Interval:
    """What a subgradient's slope along one line may be, and how exactly that is known."""

    low: float
    high: float
    tolerance: float

    def contains(self, claimed: float) -> bool:
        """Whether a claim lies inside, or at the edge."""
        return self.low - self.tolerance <= claimed <= self.high + self.tolerance

    def excludes(self, claimed: float) -> bool:
        """Whether it lies clearly outside.  NaN is excluded by everything."""
        return not self.low - 4 * self.tolerance <= claimed <= self.high + 4 * self.tolerance


def sides(probe: Probe, line: Line, step: float = STEP) -> Sides:
    """Look to both sides: four forwards."""
    y = flat(probe.outputs).double()
    near, far = outputs_at(probe, line, step) - y, outputs_at(probe, line, 2 * step) - y
    near_left, far_left = y - outputs_at(probe, line, -step), y - outputs_at(probe, line, -2 * step)
    extrapolate = 2 / step, -0.5 / step
    bends = (near - 0.5 * far).abs() + (near_left - 0.5 * far_left).abs()
    roundoff = 4 * _EPSILON * (y.abs() + norm(y) / max(1, y.numel()) ** 0.5)
    return Sides(
        left=extrapolate[0] * near_left + extrapolate[1] * far_left,
        right=extrapolate[0] * near + extrapolate[1] * far,
        unsteady=(bends - roundoff).clamp(min=0) / step,
    )


def holds_nearer(probe: Probe, line: Line, look: Sides, u: Tensor) -> bool:
    """Whether much shorter steps show the same slopes: four forwards.

    Those at a kink are the same for all steps.  A sine of 1e6 that is stepped over by whole periods
    has slopes to both sides, too, and others for every step.
    """
    nearer = sides(probe, line, NEARER * STEP)
    apart = (nearer.left - look.left).abs() + (nearer.right - look.right).abs()
    size = torch.maximum(look.left.abs(), look.right.abs())
    roundoff = 16 * _EPSILON / (NEARER * STEP) * flat(probe.outputs).double().abs()
    moved = (u * (apart - roundoff).clamp(min=0)).abs().sum()
    return bool(moved <= STEADY * (u * size).abs().sum())


def interval(probe: Probe, found: Sides, u: Tensor) -> Interval:
    """Every choice between the left and the right slope of every output, weighted by u."""
    terms = torch.stack([u * found.left, u * found.right])
    low, high = float(terms.amin(dim=0).sum()), float(terms.amax(dim=0).sum())
    size = float(terms.abs().amax(dim=0).sum())
    roundoff = 8 * _EPSILON / STEP * norm(u * flat(probe.outputs).double())
    return Interval(low, high, TOLERANCE * size + roundoff)


def hull(probe: Probe, line: Line, u: Tensor, known: Interval) -> Interval:
    """The interval widened by the slopes at points nearby, if the slope jumps around the point."""
    farther, nearer = (_slopes_nearby(probe, line, away, lambda y: u @ y) for away in NEARBY)
    if not bool(_is_jump(farther, nearer, _rounding(probe, u))):
        return known
    low, high = min(known.low, float(farther.low)), max(known.high, float(farther.high))
    slack = NEARBY_TOLERANCE * max(abs(low), abs(high)) + float(_rounding(probe, u))
    return Interval(low, high, slack)


def jumping_outputs(probe: Probe, line: Line, among: Tensor | None = None) -> Tensor:
    """The outputs whose slope along the line jumps around the point; others are not looked at.

    A function may have a steady slope along every line and no gradient, as a median of equals.
    A few samples tell which outputs are smooth, as nearly all are; the others are looked at again.

    Shapes   among (n_outputs,)  ->  (n_outputs,)
    """
    rounding = _rounding(probe, torch.ones((), dtype=torch.float64, device="cpu"), each=True)
    found = torch.ones_like(rounding, dtype=torch.bool) if among is None else among.clone()
    for samples in (FEW_SAMPLES, SAMPLES):
        look = functools.partial(
            _slopes_nearby, probe, line, kept=operator.itemgetter(found.clone()), samples=samples
        )
        farther = look(NEARBY[0])
        suspected = _stands_out(farther, rounding[found])
        if bool(suspected.any()) and samples == SAMPLES:
            suspected = _is_jump(farther, look(NEARBY[1]), rounding[found])
        found[found.clone()] = suspected
        if not bool(found.any()):
            break
    return found


class _Range(NamedTuple):
    """The least and the greatest of some slopes; NaN where none of them is finite."""

    low: Tensor
    high: Tensor

    @property
    def spread(self) -> Tensor:
        """How far apart they are."""
        return (self.high - self.low).nan_to_num(0.0)

    @property
    def size(self) -> Tensor:
        """The greatest slope, without its sign."""
        return torch.maximum(self.low.abs(), self.high.abs()).nan_to_num(0.0)


def _stands_out(slopes: _Range, rounding: Tensor) -> Tensor:
    """Whether slopes differ by more than roundoff and a little curvature make of them."""
    return slopes.spread > 8 * (NEARBY_TOLERANCE * slopes.size + rounding)


def _is_jump(farther: _Range, nearer: _Range, rounding: Tensor) -> Tensor:
    """Curvature makes slopes differ too, but less so nearer to the point."""
    # ... and noise makes them differ more, as the steps are smaller there.
    alike = (nearer.spread > 0.25 * farther.spread) & (nearer.spread < 4 * farther.spread)
    return _stands_out(farther, rounding) & alike


def _rounding(probe: Probe, u: Tensor, *, each: bool = False) -> Tensor:
    """What the roundoff of the outputs makes of a slope nearby."""
    terms = (u * flat(probe.outputs).double()).abs()
    return 8 * _EPSILON / NEARBY_STEP * (terms if each else terms.norm())


def _slopes_nearby(
    probe: Probe,
    line: Line,
    distance: float,
    kept: Callable[[Tensor], Tensor],
    samples: int = SAMPLES,
) -> _Range:
    """What is kept of the slopes of all outputs along the line, at points a random little way off.

    Shapes   kept: (n_outputs,) -> (...)  ->  (...)
    """
    step = NEARBY_STEP * distance / NEARBY[0]
    found: _Range | None = None
    for number in range(samples):
        away = {
            position: distance
            * direction(probe.values[position], generator(probe.seed, number, position))
            for position in line
        }
        ahead, behind = (
            {position: moved(away[position], way, sign * step) for position, way in line.items()}
            for sign in (1, -1)
        )
        difference = outputs_at(probe, ahead, 1.0) - outputs_at(probe, behind, 1.0)
        slopes = kept(difference / (2 * step))
        slopes = torch.where(torch.isfinite(slopes), slopes, torch.nan)
        found = found or _Range(slopes, slopes)
        # fmin and fmax leave out what is NaN
        found = _Range(torch.fmin(found.low, slopes), torch.fmax(found.high, slopes))
    if found is None:
        raise ValueError("at least one sample is needed")
    return found

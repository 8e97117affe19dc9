"""One rung of the ladder: central differences at five nearby steps, extrapolated together.

Everything is done for each output element by itself, because outputs differ: next to a kink one
element of a ReLU wants a smaller step than its neighbours.  All elements share the forwards, and
several directions are followed side by side: a row of every tensor below belongs to one of them.

Notation   y(t)  the flattened outputs at the points moved by t, a row for each direction
           h     a step;  the steps of a rung are 19, 13, 8, 5 and 3 times its unit
           D(h)  (y(h) - y(-h)) / 2h              = y' + a h² + b h⁴ + ...
           J(h)  (y(h) - 2 y(0) + y(-h)) / h      = jump + c h + d h³ + ...
                 where jump is the right-hand minus the left-hand slope: zero unless a kink
                 lies at the point, or nearer to it than the smallest step
Source     Richardson extrapolation; B. Fornberg, "Generation of finite difference formulas on
           arbitrarily spaced grids", Math. Comp. 51 (1988).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fractions import Fraction

import torch
from torch import Tensor

Path = Callable[[float], Tensor]
Grain = Callable[[Tensor, float], Tensor]
"""Outputs at points so far from each other → how coarse each is for no good reason."""

# No two share a divisor, so an oscillation that looks still at one step moves at the next, and
# their ratios keep the finest step (which sets the roundoff) large.
STEPS = (19, 13, 8, 5, 3)
# A jump counts only where it stands this many standard errors above its own roundoff.
JUMP_SIGMAS = 3.0
# A spike is as large as the function, or it is of no interest beside its noise.
SPIKE_SIGMAS = 64.0
# Two estimates of a jump that differ by more than this part are no jump.
STEADY = 0.25
# Corrections shrink by at least their predecessor's factor over this one, or it is an accident.
ACCIDENT = 8.0
# Nor is the error ever believed to be much smaller than the last correction: where that is noise
# from inside the forward, larger than the roundoff of its output, the error is noise as well.
BEST_GAIN = 0.125
# Corrections that shrink by less than this are not converging: then nothing is extrapolated.
CONVERGING = 0.5
# Of these, corrections above this part of the value say that nothing is known of it, ...
AIMLESS = 0.25
# ... unless they are below this many times the roundoff.
NOISE = 64.0


def extrapolation_weights(powers: tuple[int, ...]) -> tuple[float, ...]:
    """Weights w of the first steps with  Σ w = 1  and  Σ w sᵖ = 0  for each power p.

    Applied to values that behave like  v + a sᵖ¹ + b sᵖ² + ...  they return v.  Solved in
    rationals, so that the weights are right to the last bit.

    >>> extrapolation_weights(())
    (1.0,)
    >>> sum(extrapolation_weights((2, 4)))
    1.0
    """
    count = len(powers) + 1
    rows = [[Fraction(1)] * count + [Fraction(1)]]
    rows += [
        [Fraction(step) ** power for step in STEPS[:count]] + [Fraction(0)] for power in powers
    ]
    for column in range(count):
        # The steps are distinct, so every leading minor is non-zero and no pivoting is needed.
        rows[column] = [entry / rows[column][column] for entry in rows[column]]
        for other in range(count):
            if other != column:
                factor = rows[other][column]
                rows[other] = [
                    entry - factor * pivot
                    for entry, pivot in zip(rows[other], rows[column], strict=True)
                ]
    return tuple(float(row[-1]) for row in rows)


SLOPE_WEIGHTS = tuple(extrapolation_weights((2, 4, 6, 8)[:n]) for n in range(len(STEPS)))
JUMP_WEIGHTS = tuple(extrapolation_weights((1, 3, 5, 7)[:n]) for n in range(len(STEPS)))


_SMALLEST_NORMAL = torch.finfo(torch.float64).tiny
_HALF_EPSILON = 0.5 * torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Slopes:
    """The derivative of each output element along each direction, with its error.

    Shapes   value, error, roundoff, curvature, jump, unmoved (n_directions, n_outputs)
    """

    value: Tensor
    error: Tensor  # truncation and roundoff; inf where y was not finite
    roundoff: Tensor  # the part of the error that a smaller step would increase
    curvature: Tensor  # c in what a difference with a step of h has left to correct, c h²
    jump: Tensor  # right-hand minus left-hand slope, in absolute value; zero where none is seen
    unmoved: Tensor  # True where no step changed the output at all

    @property
    def doubt(self) -> Tensor:
        """The error, and half of the jump: any slope between the two sides may be meant."""
        return self.error + 0.5 * self.jump


class Rung:
    """Central differences with one unit of step, refined level by level.

    >>> ones = torch.ones(1, 1, dtype=torch.float64)
    >>> rung = Rung(lambda t: torch.exp(t * ones), ones, unit=2.0**-10, noise=2.0**-53 * ones)
    >>> for _ in STEPS:
    ...     rung.refine()
    >>> slopes = rung.slopes()
    >>> abs(float(slopes.value) - 1) <= float(slopes.error) < 1e-12
    True
    """

    def __init__(
        self,
        path: Path,
        centre: Tensor,
        unit: float,
        noise: Tensor,
        grain: Grain = lambda values, step: values.new_zeros(values.shape[-1]),  # noqa: ARG005
    ) -> None:
        self._path = path
        self._grain = grain
        self._centre = centre
        self._unit = unit
        self._noise = noise  # the standard error of one output at the centre
        self._largest = centre.abs()  # of each output, over all points seen
        self._differences: list[Tensor] = []
        self._jumps: list[Tensor] = []
        self._estimates: list[Tensor] = []
        self._best: Slopes | None = None

    @property
    def levels(self) -> int:
        """How many step sizes have been used."""
        return len(self._estimates)

    def refine(self) -> None:
        """Use one more step size: two forwards for each direction."""
        step = STEPS[self.levels] * self._unit
        ahead, behind = self._path(step), self._path(-step)
        difference = ahead - behind
        self._differences.append(difference / (2 * step))
        self._largest = torch.maximum(self._largest, torch.maximum(ahead.abs(), behind.abs()))
        # Each difference is exact or nearly so; their difference then loses nothing more.
        self._jumps.append(((ahead - self._centre) - (self._centre - behind)) / step)
        self._estimates.append(_combine(SLOPE_WEIGHTS[self.levels], self._differences))
        if self.levels == 1:
            seen = torch.cat([ahead, behind, self._centre[:1]])
            self._noise = torch.maximum(self._noise, self._grain(seen, step))

    def slopes(self) -> Slopes:
        """The best estimate of each element so far; needs at least two levels.

        A further level removes truncation and amplifies roundoff: a straight line is known best
        from the first two.
        """
        latest = self._latest()
        self._best = latest if self._best is None else _better(self._best, latest)
        return self._best

    def _latest(self) -> Slopes:
        """The estimate that extrapolates all steps."""
        value = self._estimates[-1]
        noise = self._noise + _HALF_EPSILON * self._largest
        roundoff = noise * self._amplified(SLOPE_WEIGHTS[self.levels - 1], math.sqrt(0.5))
        jump, unsteady = self._jump(noise)
        # A NaN in any is one in all.
        error = self._truncation(roundoff) + roundoff + 0.5 * unsteady + 0 * jump
        finite = torch.isfinite(error)
        if not bool(finite.all()):
            value, jump = torch.where(finite, value, 0.0), torch.where(finite, jump, 0.0)
            error = torch.where(finite, error, torch.inf)
        spiky = self._is_spiky(noise)
        if bool(spiky.any()):
            error = torch.where(spiky, torch.inf, error)
        return Slopes(
            value=value,
            error=error,
            roundoff=roundoff,
            curvature=(self._estimates[0] - value).abs() / (STEPS[0] * self._unit) ** 2,
            jump=jump,
            unmoved=self._unmoved(),
        )

    def _unmoved(self) -> Tensor:
        unmoved = self._differences[0] == 0
        for moves in (*self._differences[1:], *self._jumps):
            if not bool(unmoved.any()):
                break
            unmoved = unmoved & (moves == 0)
        return unmoved

    def _truncation(self, roundoff: Tensor) -> Tensor:
        """What extrapolation has left, from how fast its corrections shrink.

        The last correction is the error of the last estimate but one; the last estimate errs by
        about the same factor less again.  A correction that is small by accident is recognised
        by its predecessors, which bound how fast it may have shrunk.
        """
        last = (self._estimates[-1] - self._estimates[-2]).abs()
        if self.levels == 2:
            return torch.where(self._is_aimless(last, roundoff), torch.inf, last)
        negligible = 1e-3 * roundoff + _SMALLEST_NORMAL
        previous = (self._estimates[-2] - self._estimates[-3]).abs()
        if self.levels == 3:
            before = self._estimates[-1].abs()
        else:
            before = (self._estimates[-3] - self._estimates[-4]).abs()
        shrink = last / (previous + negligible)
        expected = (previous / (before + negligible)).clamp(max=1) / ACCIDENT
        last = torch.maximum(last, previous * expected)
        gain = torch.maximum(shrink, expected).clamp(min=BEST_GAIN, max=1)
        extrapolated = 2 * last * gain
        largest = torch.maximum(last, previous)
        unsteady = torch.where(self._is_aimless(largest, roundoff), torch.inf, 2 * largest)
        return torch.where(shrink > CONVERGING, unsteady, extrapolated)

    def _is_aimless(self, correction: Tensor, roundoff: Tensor) -> Tensor:
        """Whether corrections are as large as the value, and no roundoff.

        Then, if they do not shrink, the steps are too large to say anything, as for a sine whose
        period is far below them.
        """
        return (correction > AIMLESS * self._estimates[-1].abs()) & (correction > NOISE * roundoff)

    def _jump(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """The kink at the point, and what looks like one and is not.

        A true one is the same whatever steps see it; curvature fades as extrapolation goes on,
        and noise is another one each time.
        """
        weights = JUMP_WEIGHTS[self.levels - 1]
        jump = _combine(weights, self._jumps)
        visible = jump.abs() > noise * (JUMP_SIGMAS * self._amplified(weights, math.sqrt(6)))
        if not bool(visible.any()):
            nothing = torch.zeros_like(jump)
            return nothing, nothing
        coarser = _combine(JUMP_WEIGHTS[self.levels - 2], self._jumps[:-1])
        steady = (jump - coarser).abs() <= STEADY * jump.abs()
        size = jump.abs()
        return (
            torch.where(visible & steady, size, 0.0),
            torch.where(visible & ~steady, torch.minimum(size, coarser.abs()), 0.0),
        )

    def _is_spiky(self, noise: Tensor) -> Tensor:
        """Whether the output leaps between the point and the nearest step, and back.

        A kink bends by as much as the steps are long, a curve by less.  What bends alike at all
        steps has a spike at the point that is narrower than these, as log|x| at 1e-6, and nobody
        knows how steep.
        """
        first, last = self._jumps[0].abs(), self._jumps[-1].abs()
        length = STEPS[self.levels - 1]
        seen = last > noise * (SPIKE_SIGMAS * math.sqrt(6) / (length * self._unit))
        return seen & (last > first * math.sqrt(STEPS[0] / length))

    def _amplified(self, weights: tuple[float, ...], noise: float) -> float:
        """How differences and weights carry the rounding of an output through."""
        squares = sum((w / step) ** 2 for w, step in zip(weights, STEPS, strict=False))
        return noise * math.sqrt(squares) / self._unit


def _better(before: Slopes, latest: Slopes) -> Slopes:
    """Element by element the one with less doubt, unless the latest contradicts it."""
    apart = (before.value - latest.value).abs()
    # What the latest differs by is its own noise, as a rule, and more than that of the one before;
    # a correction that was small by accident must not make an estimate look better than it is.
    error = torch.maximum(before.error, apart * (before.roundoff / latest.roundoff))
    before = replace(before, error=error)
    keep = (before.doubt < latest.doubt) & (apart <= 2 * (before.doubt + latest.doubt))
    return choose(keep, before, latest) if bool(keep.any()) else latest


def choose(condition: Tensor, first: Slopes, second: Slopes) -> Slopes:
    """Of each element the first where the condition holds, else the second."""
    pairs = ((getattr(first, f.name), getattr(second, f.name)) for f in fields(Slopes))
    return Slopes(*(torch.where(condition, ours, theirs) for ours, theirs in pairs))


def _combine(weights: tuple[float, ...], values: list[Tensor]) -> Tensor:
    total = weights[0] * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = torch.add(total, value, alpha=weight)
    return total

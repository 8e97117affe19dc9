"""One rung of the ladder: central differences at four nearby steps, extrapolated together.

Everything is done for each output element by itself, because outputs differ: next to a kink one
element of a ReLU wants a smaller step than its neighbours.  All elements share the forwards.

Notation   y(t)  the flattened output at the point moved by t along the direction
           h     a step;  the steps of a rung are 13, 8, 5 and 3 times its unit
           D(h)  (y(h) - y(-h)) / 2h              = y' + a h² + b h⁴ + ...
           J(h)  (y(h) - 2 y(0) + y(-h)) / h      = jump + c h + d h³ + ...
                 where jump is the right-hand minus the left-hand slope: zero unless a kink
                 lies at the point, or nearer to it than the smallest step
Source     Richardson extrapolation; B. Fornberg, "Generation of finite difference formulas on
           arbitrarily spaced grids", Math. Comp. 51 (1988).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from gradcheck.norms import root_mean_square

Path = Callable[[float], Tensor]

# Neighbouring Fibonacci numbers: no two share a divisor, so an oscillation that looks still at
# one step moves at the next, and their ratio keeps the finest step (which sets the roundoff) large.
STEPS = (13, 8, 5, 3)
# A jump counts only where it stands this many standard errors above its own roundoff.
JUMP_SIGMAS = 3.0
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
# Noise is estimated from so many outputs together, or not at all.
POOLED = 8


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


SLOPE_WEIGHTS = tuple(extrapolation_weights((2, 4, 6)[:n]) for n in range(len(STEPS)))
JUMP_WEIGHTS = tuple(extrapolation_weights((1, 3, 5)[:n]) for n in range(len(STEPS)))


_SMALLEST_NORMAL = torch.finfo(torch.float64).tiny


@dataclass(frozen=True)
class Slopes:
    """The derivative of each output element along the direction, with its error.

    Shapes   value, error, roundoff, curvature, jump, unmoved (n_outputs,)
    """

    value: Tensor
    error: Tensor  # truncation and roundoff; inf where y was not finite
    roundoff: Tensor  # the part of the error that a smaller step would increase
    curvature: Tensor  # what a difference with a step of one unit has left to correct
    jump: Tensor  # right-hand minus left-hand slope, in absolute value; zero where none is seen
    unmoved: Tensor  # True where no step changed the output at all

    @property
    def doubt(self) -> Tensor:
        """The error, and half of the jump: any slope between the two sides may be meant."""
        return self.error + 0.5 * self.jump


class Rung:
    """Central differences with one unit of step, refined level by level.

    >>> one = torch.ones(1, dtype=torch.float64)
    >>> rung = Rung(lambda t: torch.exp(t * one), one, unit=2.0**-10, epsilon=2.0**-52)
    >>> for _ in STEPS:
    ...     rung.refine()
    >>> slopes = rung.slopes()
    >>> abs(float(slopes.value) - 1) <= float(slopes.error) < 1e-12
    True
    """

    def __init__(self, path: Path, centre: Tensor, unit: float, epsilon: float) -> None:
        self._path = path
        self._centre = centre
        self._unit = unit
        self._half_epsilon = 0.5 * epsilon
        self._largest = centre.abs()  # of each output, over all points seen
        self._differences: list[Tensor] = []
        self._jumps: list[Tensor] = []
        self._estimates: list[Tensor] = []

    @property
    def levels(self) -> int:
        """How many step sizes have been used."""
        return len(self._estimates)

    def refine(self) -> None:
        """Use one more step size: two forwards."""
        step = STEPS[self.levels] * self._unit
        ahead, behind = self._path(step), self._path(-step)
        self._differences.append((ahead - behind) / (2 * step))
        self._largest = torch.maximum(self._largest, torch.maximum(ahead.abs(), behind.abs()))
        # Each difference is exact or nearly so; their difference then loses nothing more.
        self._jumps.append(((ahead - self._centre) - (self._centre - behind)) / step)
        self._estimates.append(_combine(SLOPE_WEIGHTS[self.levels], self._differences))

    def slopes(self) -> Slopes:
        """The best estimate so far; needs at least two levels."""
        value = self._estimates[-1]
        roundoff = self._roundoff(SLOPE_WEIGHTS[self.levels - 1], noise=math.sqrt(0.5))
        roundoff = roundoff * self._excess_noise(roundoff)
        jump = self._jump()
        error = self._truncation(roundoff) + roundoff + 0 * jump  # a NaN in any is one in all
        finite = torch.isfinite(error)
        return Slopes(
            value=torch.where(finite, value, 0.0),
            error=torch.where(finite, error, torch.inf),
            roundoff=roundoff,
            curvature=(self._estimates[0] - value).abs() / STEPS[0] ** 2,
            jump=torch.where(finite, jump, 0.0),
            unmoved=torch.stack(
                [(d == 0) & (j == 0) for d, j in zip(self._differences, self._jumps, strict=True)]
            ).all(dim=0),
        )

    def _excess_noise(self, roundoff: Tensor) -> float:
        """How much noisier the forward is than one rounding of each output: 3 for long sums.

        Where most corrections do not shrink, they are noise, and their median says how large.
        """
        if self.levels == 2 or roundoff.numel() < POOLED:  # noqa: PLR2004 one correction tells nothing
            return 1.0
        previous, last = (
            (finer - coarser).abs() for coarser, finer in itertools.pairwise(self._estimates[-3:])
        )
        value = self._estimates[-1].abs() + _SMALLEST_NORMAL
        shrinks = float((last / (previous + _SMALLEST_NORMAL)).median()) <= CONVERGING
        if shrinks or not float((last / value).median()) <= AIMLESS:
            return 1.0
        return max(1.0, float((last / roundoff).nan_to_num(1.0).median()))

    def _truncation(self, roundoff: Tensor) -> Tensor:
        """What extrapolation has left, from how fast its corrections shrink.

        The last correction is the error of the last estimate but one; the last estimate errs by
        about the same factor less again.  A correction that is small by accident is recognised
        by its predecessors, which bound how fast it may have shrunk.
        """
        corrections = [
            (finer - coarser).abs()
            for coarser, finer in zip(self._estimates, self._estimates[1:], strict=False)
        ]
        last = corrections[-1]
        if len(corrections) == 1:
            return last
        negligible = 1e-3 * roundoff + _SMALLEST_NORMAL
        previous = corrections[-2]
        before = corrections[-3] if len(corrections) > 2 else self._estimates[-1].abs()  # noqa: PLR2004
        shrink = last / (previous + negligible)
        expected = (previous / (before + negligible)).clamp(max=1) / ACCIDENT
        last = torch.maximum(last, previous * expected)
        gain = torch.maximum(shrink, expected).clamp(min=BEST_GAIN, max=1)
        extrapolated = 2 * last * gain
        largest = torch.maximum(last, previous)
        # Corrections as large as the value, that do not shrink and are no roundoff: the steps are
        # too large to say anything, as for a sine whose period is far below them.
        aimless = (largest > AIMLESS * self._estimates[-1].abs()) & (largest > NOISE * roundoff)
        unsteady = torch.where(aimless, torch.inf, 2 * largest)
        return torch.where(shrink > CONVERGING, unsteady, extrapolated)

    def _jump(self) -> Tensor:
        """The kink at the point.  A true one stays as extrapolation goes on, curvature fades."""
        weights = JUMP_WEIGHTS[self.levels - 1]
        noise = JUMP_SIGMAS * self._roundoff(weights, noise=math.sqrt(6))
        jump = _combine(weights, self._jumps).abs()
        jump = torch.where(jump > noise, jump, 0.0)
        coarser = _combine(JUMP_WEIGHTS[self.levels - 2], self._jumps[:-1]).abs() + noise
        stays = jump / (coarser + _SMALLEST_NORMAL)
        return torch.where(stays > CONVERGING, jump, jump * stays)

    def _roundoff(self, weights: tuple[float, ...], noise: float) -> Tensor:
        """Half an ulp in each output, carried through differences and weights.

        Below the smallest normal number, ulps grow relative to the value: all of it is noise.
        """
        squares = sum((w / step) ** 2 for w, step in zip(weights, STEPS, strict=False))
        half_ulp = self._half_epsilon * _magnitude(self._largest) + _SMALLEST_NORMAL
        return half_ulp * (noise * math.sqrt(squares) / self._unit)


def _combine(weights: tuple[float, ...], values: list[Tensor]) -> Tensor:
    total = weights[0] * values[0]
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = total + weight * value
    return total


def _magnitude(largest: Tensor) -> Tensor:
    """The size of each output, never below their root mean square.

    An output that is small because large terms cancel still carries the roundoff of the terms.
    """
    return largest.clamp(min=root_mean_square(largest.nan_to_num(0.0, posinf=0.0)))

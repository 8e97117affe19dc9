"""From outputs along a few directions to their derivatives at zero, with error bars that hold.

The cheapest rung is tried first.  Only while a bar is coarser than asked do smaller steps follow,
each rung 128 times below the last, and every output element keeps the estimate that is best for
it.  One more difference, along the sum of all directions and with a far smaller step, is the
sentinel: a derivative is additive and does not depend on the step.  It contradicts a rung whose
steps all fit the period of an oscillation or jump over a spike, and a point where the slope to
each side is steady and yet there is no derivative, as for a median of equal numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.noise import (
    granularity,
    noise_beside_a_line,
    noise_of,
    noise_of_its_own,
    overshadowed,
)
from gradcheck.witnesses.numeric.stencil import STEPS, Path, Rung, Slopes, choose

# Units of step, in units of the direction (which carries the scale of the leaf).
UNITS = (2.0**-9, 2.0**-16, 2.0**-23, 2.0**-30, 2.0**-37)
SENTINEL_STEP = 3 * 2.0**-21
SHORT_STEP = 3 * 2.0**-36
# The shorter step acquits only where its own noise is so far below the objection.
SHARP_ENOUGH = 0.25
# The bar is this many times the estimated standard error of the projected derivative.
SAFETY = 4.0
# Parts of a step, and numbers of nudges, of no short binary form.
NEAR = (0.8660254037844386, 1.4142135623730951, 2.23606797749979, 3.1415926535897931)
ALL_DIGITS = (0.8660254037844386, -0.7071067811865475)
# Roundoff of this part of a bar is all of it: the rest is the noise of the last correction.
ROUNDOFF_ALONE = 0.2
# A bar within this factor of its goal is not refined with another size of steps.
ENOUGH = 10.0
# Two estimates contradict each other where they differ by this many times both their errors.
# Among many outputs of long sums, one may be forty times noisier than its own last bit says.
CONTRADICTION = 8.0
CONTRADICTION_OF_MANY = 64.0
MANY = 8


class Reading(NamedTuple):
    """What steps of one size say of one projected derivative."""

    value: float
    bar: float


@dataclass(frozen=True)
class Bundle:
    """Straight lines through the point, all followed at once.

    Attributes:
        along: t → the flattened outputs on each line, a row for each; one forward for each.
        sum: t → the flattened outputs on the line along the sum of the directions.
        nudge: ±1, ... → the flattened outputs at points so near that only noise bends the line
            through them; at whole numbers they are exact.
        centre: The flattened outputs at the point.
        half_epsilon: The rounding of one output, in units of its size.
    """

    along: Path
    sum: Callable[[float], Tensor]
    nudge: Callable[[float], Tensor]
    centre: Tensor
    half_epsilon: float


@dataclass(frozen=True)
class Slope:
    """The derivative of  t ↦ ⟨u, y(t)⟩  at zero, along one direction.

    The true value lies within ``bar`` of ``value``; ``kink`` is the part of the bar that no
    smaller step can remove, half the jump between the one-sided slopes; ``roundoff`` the part
    that a longer step would; ``readings`` holds what each rung said by itself.
    """

    value: float
    bar: float
    kink: float
    roundoff: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Ascent:
    """What was found: of each rung, and the best of all of them.

    Attributes:
        best: The slopes of every output along every direction.
        rungs: What each rung said by itself.
        irregular: The outputs that the sentinel contradicts.
        forwards: How often the forward was called.
    """

    best: Slopes
    rungs: tuple[Slopes, ...]
    irregular: Tensor
    forwards: int

    def projected(self, cotangents: Tensor) -> list[list[Slope]]:
        """The slopes projected on each cotangent: one list for each, with one for each direction.

        Shapes   cotangents (n_cotangents, n_outputs)
        """
        values, bars = best = _project(self.best, cotangents)
        kinks = (0.5 * (cotangents.abs() @ self.best.jump.T)).tolist()
        roundoff = _bars(self.best.roundoff, None, cotangents).tolist()
        readings = [
            best if slopes is self.best else _project(slopes, cotangents) for slopes in self.rungs
        ]
        return [
            [
                Slope(
                    values[i][j],
                    bars[i][j],
                    kinks[i][j],
                    roundoff[i][j],
                    tuple(Reading(value[i][j], bar[i][j]) for value, bar in readings),
                )
                for j in range(len(values[i]))
            ]
            for i in range(len(values))
        ]


def climb(bundle: Bundle, cotangents: Tensor, goals: Tensor, *, confirm: bool = False) -> Ascent:
    """Differentiate along every line until each projection meets its goal, or none can be met.

    ``confirm`` climbs every rung, whatever the first says: what contradicts somebody's work is
    measured with steps of every size.

    Shapes   cotangents (n_cotangents, n_outputs), goals (n_cotangents,)
    """
    climber = _Climber(bundle, cotangents, goals, thorough=confirm)
    rungs = [climber.rung(UNITS[0])]
    best, irregular = climber.heed_sentinel(rungs[0])
    for unit in UNITS[1:]:
        enough = climber.nearly_satisfied(best) or climber.finer_is_hopeless(best)
        if enough and not (confirm or bool(irregular.any())):
            break
        rungs.append(climber.rung(unit))
        best = _merge(best, rungs[-1], _inner_rounding(best, unit))
    if len(rungs) > 1:
        best, irregular = climber.heed_sentinel(best)
    return Ascent(best, tuple(rungs), irregular, climber.forwards)


class _Climber:
    """One bundle, with the projections that are asked for."""

    def __init__(
        self, bundle: Bundle, cotangents: Tensor, goals: Tensor, *, thorough: bool
    ) -> None:
        self._bundle = bundle
        self._thorough = thorough
        self._cotangents = cotangents
        self._goals = goals.unsqueeze(-1)
        self._grains: Tensor | None = None
        self._latest: tuple[Slopes, Tensor] | None = None
        self.forwards = 0

    def _along(self, t: float) -> Tensor:
        points = self._bundle.along(t)
        self.forwards += len(points)
        return points

    def rung(self, unit: float) -> Slopes:
        """Refine one rung until its bars meet the goals or its steps are used up."""

        def grain(values: Tensor, step: float) -> Tensor:
            between = functools.partial(self._between, step)
            self._grains = granularity(values, self._grains, between)
            return self._grains

        rung = Rung(self._along, self._bundle.centre, unit, self._noise, grain)
        rung.refine()
        rung.refine()
        slopes = rung.slopes()
        while rung.levels < len(STEPS) and (
            self._thorough or not (self.satisfied(slopes) or self.is_roundoff(slopes))
        ):
            rung.refine()
            slopes = rung.slopes()
        return slopes

    def _between(self, step: float) -> Tensor:
        """The outputs at points of the lines whose numbers are anything but round."""
        return torch.cat([self._along(t * step) for t in ALL_DIGITS])

    def _bars_of(self, slopes: Slopes) -> Tensor:
        """The bars of all projections; those of the latest slopes are asked for several times."""
        if self._latest is None or self._latest[0] is not slopes:
            self._latest = slopes, _bars(slopes.error, slopes.jump, self._cotangents)
        return self._latest[1]

    def satisfied(self, slopes: Slopes, slack: float = 1.0) -> bool:
        """Whether every projection is known as well as asked."""
        return bool((self._bars_of(slopes) <= slack * self._goals).all())

    def nearly_satisfied(self, slopes: Slopes) -> bool:
        """Whether what is still missing is not worth another rung, which has more roundoff."""
        return self.satisfied(slopes, slack=ENOUGH)

    def is_roundoff(self, slopes: Slopes) -> bool:
        """Whether roundoff makes most of the bars, so that extrapolation has nothing to remove."""
        now = self._bars_of(slopes)
        at_best = _bars(slopes.roundoff, None, self._cotangents)
        return bool(((now <= self._goals) | (at_best > ROUNDOFF_ALONE * now)).all())

    def finer_is_hopeless(self, slopes: Slopes) -> bool:
        """Whether roundoff alone would make the next rung's bars no better than these."""
        next_roundoff = slopes.roundoff * (UNITS[0] / UNITS[1])
        floor = torch.minimum(slopes.doubt, next_roundoff)
        now = self._bars_of(slopes)
        at_best = _bars(floor, None, self._cotangents)
        hopeless = torch.isfinite(now) & (at_best > 0.5 * now)
        return bool(((now <= self._goals) | hopeless).all())

    def heed_sentinel(self, slopes: Slopes) -> tuple[Slopes, Tensor]:
        """The slopes, with wider errors where the sentinel contradicts them, and where it does.

        One who takes a shorter step is asked as well: a kink so near that only the first steps
        over it says nothing against slopes that were measured between.
        """
        apart, tolerated = self._objection(slopes, SENTINEL_STEP, self._sentinel)
        contradicted = apart > tolerated
        if not bool(contradicted.any()):
            return slopes, contradicted
        shorter, tolerated = self._objection(slopes, SHORT_STEP, self._short_sentinel)
        contradicted &= ~((shorter <= tolerated) & (tolerated < SHARP_ENOUGH * apart))
        if not bool(contradicted.any()):
            return slopes, contradicted
        error = torch.where(contradicted, torch.maximum(apart, slopes.error), slopes.error)
        return replace(slopes, error=error), contradicted

    def _objection(self, slopes: Slopes, step: float, seen: Tensor) -> tuple[Tensor, Tensor]:
        """How far the slopes are from what was seen with a step, and how far they may be."""
        noise = self._noise
        if self._grains is not None:
            noise = torch.maximum(noise, self._grains)
        inner = _inner_rounding(slopes, step)
        expected = slopes.doubt + slopes.curvature * step**2 + inner
        apart = (slopes.value.sum(dim=0) - seen).abs().nan_to_num(torch.inf)
        return apart, _contradiction(slopes) * (expected.sum(dim=0) + 2 * noise / step)

    @cached_property
    def _sentinel(self) -> Tensor:
        return self._slope_of_sum(SENTINEL_STEP)

    @cached_property
    def _short_sentinel(self) -> Tensor:
        return self._slope_of_sum(SHORT_STEP)

    def _slope_of_sum(self, h: float) -> Tensor:
        """The slope along the sum of all directions: two forwards."""
        self.forwards += 2
        return (self._bundle.sum(h) - self._bundle.sum(-h)) / (2 * h)

    @cached_property
    def _noise(self) -> Tensor:
        """The noise of every output: two forwards, and some more where these say too little."""
        centre, half_epsilon = self._bundle.centre[0], self._bundle.half_epsilon
        near = self._nudged(1), self._nudged(-1)
        farther = functools.cache(lambda: (self._nudged(3), self._nudged(-3)))
        noise = noise_of(centre, near, half_epsilon, farther)
        if self._thorough:
            noise = torch.maximum(noise, self._noise_anywhere())
        small = overshadowed(centre, near, noise)
        if not bool(small.any()):
            return noise
        (one, minus_one), (three, minus_three) = near, farther()
        two, minus_two = self._nudged(2), self._nudged(-2)
        line = (minus_three, minus_two, minus_one, centre, one, two, three)
        return torch.where(small, noise_of_its_own(line, noise), noise)

    def _noise_anywhere(self) -> Tensor:
        """The noise at points between the nudges: what a refutation must not mistake for a slope.

        Eight forwards.
        """
        pairs = [(self._nudged(t), self._nudged(-t)) for t in NEAR]
        differences = torch.stack([ahead - behind for ahead, behind in pairs])
        return noise_beside_a_line(differences, torch.tensor(NEAR).to(differences))

    def _nudged(self, times: float) -> Tensor:
        self.forwards += 1
        return self._bundle.nudge(times)


def _project(slopes: Slopes, cotangents: Tensor) -> tuple[list[list[float]], list[list[float]]]:
    """Values and bars of the projections, a row for each cotangent."""
    values = cotangents @ slopes.value.T
    return values.tolist(), _bars(slopes.error, slopes.jump, cotangents).tolist()


def _bars(error: Tensor, jump: Tensor | None, cotangents: Tensor) -> Tensor:
    """How far each projected derivative may be off.

    u is drawn at random, apart from the errors, so its projection of them is normal with their
    norm as standard deviation.  A jump is no error but an ambiguity: it counts in full.

    Shapes   error, jump (n_directions, n_outputs)  ->  (n_cotangents, n_directions)
    """
    infinite = torch.isinf(error)
    blind = None
    if bool(infinite.any()):  # of no matter for a cotangent that is zero there
        blind = (cotangents != 0).double() @ infinite.double().T > 0
        error = torch.where(infinite, 0.0, error)
    size = error.amax(dim=-1) if error.shape[-1] else error.new_zeros(len(error))
    relative = error / torch.where(size > 0, size, 1.0).unsqueeze(-1)
    bars = SAFETY * size * (cotangents.square() @ relative.square().T).sqrt()
    if jump is not None:
        bars = bars + 0.5 * (cotangents.abs() @ jump.T)
    return bars if blind is None else torch.where(blind, torch.inf, bars)


def _merge(best: Slopes, finer: Slopes, rounding: Tensor) -> Slopes:
    """Keep the better estimate of each element; where the two contradict, trust neither."""
    if _is_staircase(best, finer):
        return best
    tolerated = _contradiction(best) * (finer.doubt + best.doubt + rounding)
    apart = (finer.value - best.value).abs()
    contradicted = torch.isfinite(finer.error) & (apart > tolerated)
    widened = torch.where(contradicted, torch.maximum(apart, finer.error), finer.error)
    finer = replace(finer, error=widened)
    better = contradicted | (finer.doubt < best.doubt)
    return choose(better, finer, best)


def _inner_rounding(slopes: Slopes, step: float) -> Tensor:
    """The roundoff of terms that cancel in an output, and are of the size of its slope.

    Too coarse to be an error bar (a sine of 1e3 moves by 1e3 and is rounded at one), it keeps an
    output that is small by accident from contradicting itself.
    """
    return torch.finfo(torch.float64).eps * slopes.value.abs() / step


def _is_staircase(best: Slopes, finer: Slopes) -> bool:
    """Whether some output stands still under small steps that surely moved under larger ones.

    A forward that rounds is a staircase: below the width of its treads nothing moves, and a slope
    of zero with no error would be believed.  What such steps say of other outputs is no better.
    """
    surely_moved = best.value.abs() > CONTRADICTION * best.doubt
    return bool((finer.unmoved & surely_moved).any())


def _contradiction(slopes: Slopes) -> float:
    return CONTRADICTION_OF_MANY if slopes.value.shape[-1] >= MANY else CONTRADICTION

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
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.bundle import Bundle
from gradcheck.witnesses.numeric.contradiction import (
    contradiction,
    inner_rounding,
    merged,
)
from gradcheck.witnesses.numeric.noise import (
    granularity,
    hidden_step,
    is_far_below_terms,
    noise_beside_a_line,
    noise_of,
    noise_of_its_own,
    noise_of_treads,
    overshadowed,
    rounding_of_terms,
)
from gradcheck.witnesses.numeric.projection import Ascent, bars_of
from gradcheck.witnesses.numeric.stencil import STEPS, Rung, Slopes
from gradcheck.witnesses.numeric.treads import Ground, Treads

# Leaves are on a grid of a quarter of a nudge, so that they can be moved there and back exactly.
NUDGE = 2.0**-45
# An output stands still by chance where its slope moves it by less than so many times its noise.
TELLING = 8.0
# Units of step, in units of the direction (which carries the scale of the leaf).
UNITS = (2.0**-9, 2.0**-16, 2.0**-23, 2.0**-30, 2.0**-37)
SENTINEL_STEP = 3 * 2.0**-21
SHORT_STEP = 3 * 2.0**-36
# The shorter step acquits only where its own noise is so far below the objection.
SHARP_ENOUGH = 0.25
# Parts of a step, and numbers of nudges, of no short binary form.
NEAR = (0.8660254037844386, 1.4142135623730951, 2.23606797749979, 3.1415926535897931)
ALL_DIGITS = (0.8660254037844386, -0.7071067811865475)
# So many nudges step over treads as those of a float32, where a curve is straight.
OVER_TREADS = (2.0**22, 2.0**25)
# ... and so many over those of terms in float64 that cancel, in an output far below them.
OVER_LONG_TREADS = ((2.0**29, 2.0**32), (2.0**36, 2.0**39))
# Roundoff of this part of a bar is all of it: the rest is the noise of the last correction.
ROUNDOFF_ALONE = 0.2
# A bar within this factor of its goal is not refined with another size of steps.
ENOUGH = 10.0


def climb(bundle: Bundle, cotangents: Tensor, goals: Tensor, *, confirm: bool = False) -> Ascent:
    """Differentiate along every line until each projection meets its goal, or none can be met.

    ``confirm`` climbs every rung, whatever the first says: what contradicts somebody's work is
    measured with steps of every size.

    Shapes   cotangents (n_cotangents, n_outputs), goals (n_cotangents,)
    """
    climber = _Climber(bundle, cotangents, goals, thorough=confirm)
    rungs = [climber.rung(UNITS[0])]
    best, irregular = climber.heed_sentinel(rungs[0])
    if climber.finds_treads(rungs[0], irregular):
        rungs = [climber.rung(UNITS[0])]
        best, irregular = climber.heed_sentinel(rungs[0])
    treads = climber.treads_under(best)
    for unit in UNITS[1:]:
        known = treads.flattened(best)
        enough = climber.nearly_satisfied(known) or climber.finer_is_hopeless(known)
        if enough and not (confirm or bool((irregular & ~treads.flat).any())):
            break
        rungs.append(climber.rung(unit))
        best = merged(best, rungs[-1], inner_rounding(best, unit))
    if len(rungs) > 1:
        best, irregular = climber.heed_sentinel(best)
        treads = climber.treads_under(best)
    return Ascent(
        best=treads.flattened(best),
        rungs=tuple(treads.flattened(slopes) for slopes in rungs),
        irregular=irregular & ~treads.flat,
        flat=treads.flat,
        forwards=bundle.forwards,
    )


class _Climber:
    """One bundle, with the projections that are asked for."""

    def __init__(
        self, bundle: Bundle, cotangents: Tensor, goals: Tensor, *, thorough: bool
    ) -> None:
        self._bundle = bundle
        self._ground = Ground(bundle)
        self._thorough = thorough
        self._cotangents = cotangents
        self._goals = goals.unsqueeze(-1)
        self._grains: Tensor | None = None
        self._treads: Tensor | None = None
        self._latest: tuple[Slopes, Tensor] | None = None

    def rung(self, unit: float) -> Slopes:
        """Refine one rung until its bars meet the goals or its steps are used up."""

        def grain(values: Tensor, step: float) -> Tensor:
            between = functools.partial(self._between, step)
            self._grains = granularity(values, self._grains, between)
            return self._grains

        rung = Rung(self._bundle.along, self._bundle.centre, unit, self._known_noise, grain)
        rung.refine()
        rung.refine()
        slopes = rung.slopes()
        while rung.levels < len(STEPS) and (
            self._thorough or not (self.satisfied(slopes) or self.is_roundoff(slopes))
        ):
            rung.refine()
            slopes = rung.slopes()
        return self._unless_hidden(slopes, STEPS[0] * unit) if self._thorough else slopes

    def _unless_hidden(self, slopes: Slopes, step: float) -> Slopes:
        """No slope is known to be zero where rounding could hide the claimed one: six forwards."""
        if not bool(slopes.unmoved.any()):
            return slopes
        doubt = hidden_step(self._bundle.afar, self._bundle.centre) / step
        error = torch.where(slopes.unmoved, torch.maximum(slopes.error, doubt), slopes.error)
        return replace(slopes, error=error)

    def _between(self, step: float) -> Tensor:
        """The outputs at points of the lines whose numbers are anything but round."""
        return torch.cat([self._bundle.along(t * step) for t in ALL_DIGITS])

    def _bars_of(self, slopes: Slopes) -> Tensor:
        """The bars of all projections; those of the latest slopes are asked for several times."""
        if self._latest is None or self._latest[0] is not slopes:
            self._latest = slopes, bars_of(slopes.error, slopes.jump, self._cotangents)
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
        at_best = bars_of(slopes.roundoff, None, self._cotangents)
        return bool(((now <= self._goals) | (at_best > ROUNDOFF_ALONE * now)).all())

    def finer_is_hopeless(self, slopes: Slopes) -> bool:
        """Whether roundoff alone would make the next rung's bars no better than these."""
        next_roundoff = slopes.roundoff * (UNITS[0] / UNITS[1])
        floor = torch.minimum(slopes.doubt, next_roundoff)
        now = self._bars_of(slopes)
        at_best = bars_of(floor, None, self._cotangents)
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
        noise = self._known_noise
        if self._grains is not None:
            noise = torch.maximum(noise, self._grains)
        inner = inner_rounding(slopes, step)
        expected = slopes.doubt + slopes.curvature * step**2 + inner
        apart = (slopes.value.sum(dim=0) - seen).abs().nan_to_num(torch.inf)
        return apart, contradiction(slopes) * (expected.sum(dim=0) + 2 * noise / step)

    @cached_property
    def _sentinel(self) -> Tensor:
        return self._slope_of_sum(SENTINEL_STEP)

    @cached_property
    def _short_sentinel(self) -> Tensor:
        return self._slope_of_sum(SHORT_STEP)

    def _slope_of_sum(self, h: float) -> Tensor:
        """The slope along the sum of all directions: two forwards."""
        return (self._bundle.sum(h) - self._bundle.sum(-h)) / (2 * h)

    def treads_under(self, slopes: Slopes) -> Treads:
        """Which of the outputs whose slopes are not known stand on treads."""
        return Treads.under(slopes, self._ground)

    def finds_treads(self, slopes: Slopes, irregular: Tensor) -> bool:
        """Whether outputs stand still under a nudge that the slopes say must move them.

        Then they are a staircase, whose grain is no common one where a curve bends it: as the tanh
        of a float32.  Two forwards; 16 more where one stands still, and 32 where that is far below
        the terms that may cancel in it.
        """
        centre = self._bundle.centre[0]
        cancelled = is_far_below_terms(centre)
        unknown = torch.isinf(slopes.error).any(dim=0) & cancelled
        if not bool((irregular | unknown).any()):
            return False
        moves = slopes.value.sum(dim=0).abs() * NUDGE
        still = (self._bundle.nudge(1) == centre) & (self._bundle.nudge(-1) == centre)
        still &= moves > TELLING * self._noise
        if not bool(still.any()):
            return False
        treads = torch.where(still, self._noise_over(OVER_TREADS), 0.0)
        for lengths in OVER_LONG_TREADS if bool((still & cancelled).any()) else ():
            noise = self._noise_over(lengths)
            # Where it is larger, it is no rounding: a jump was meant.
            rounded = still & cancelled & (noise <= rounding_of_terms(centre))
            treads = torch.where(rounded, torch.maximum(treads, noise), treads)
        self._treads = treads
        return True

    def _noise_over(self, lengths: tuple[float, float]) -> Tensor:
        """The noise of a staircase, from two lines of these lengths: sixteen forwards."""
        return noise_of_treads(*(self._noise_beside_a_line(nudges) for nudges in lengths))

    @property
    def _known_noise(self) -> Tensor:
        return self._noise if self._treads is None else torch.maximum(self._noise, self._treads)

    @cached_property
    def _noise(self) -> Tensor:
        """The noise of every output: two forwards, and some more where these say too little."""
        centre, half_epsilon = self._bundle.centre[0], self._bundle.half_epsilon
        near = self._bundle.nudge(1), self._bundle.nudge(-1)
        farther = functools.cache(lambda: (self._bundle.nudge(3), self._bundle.nudge(-3)))
        noise = noise_of(centre, near, half_epsilon, farther)
        if self._thorough:
            noise = torch.maximum(noise, self._noise_anywhere())
        small = overshadowed(centre, near, noise)
        if not bool(small.any()):
            return noise
        (one, minus_one), (three, minus_three) = near, farther()
        two, minus_two = self._bundle.nudge(2), self._bundle.nudge(-2)
        line = (minus_three, minus_two, minus_one, centre, one, two, three)
        return torch.where(small, noise_of_its_own(line, noise), noise)

    def _noise_anywhere(self) -> Tensor:
        """The noise at points between the nudges: what a refutation must not mistake for a slope.

        Eight forwards.
        """
        return self._noise_beside_a_line(1.0)

    def _noise_beside_a_line(self, nudges: float) -> Tensor:
        pairs = [(self._bundle.nudge(t * nudges), self._bundle.nudge(-t * nudges)) for t in NEAR]
        differences = torch.stack([ahead - behind for ahead, behind in pairs])
        return noise_beside_a_line(differences, differences.new_tensor(NEAR))

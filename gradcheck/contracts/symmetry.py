"""The derivative of a backward is symmetric, as that of every gradient is: ⟨w, DB v⟩ = ⟨v, DB w⟩.

    B(x) = (∂y/∂x)ᵀ u  is the gradient of  ⟨u, y⟩,  and  DB  its Hessian.

What is asked of a check of second order where nothing claims to be the second derivative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator
from gradcheck.cases.probe import Probe
from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.errors import BackwardError
from gradcheck.grid import scale_of
from gradcheck.norms import norm
from gradcheck.subject import Outputs, Values, flat
from gradcheck.witnesses.numeric.ladder import climb
from gradcheck.witnesses.numeric.measurement import BLUNT, CLEAR
from gradcheck.witnesses.numeric.projection import Slope
from gradcheck.witnesses.numeric.survey import bundle_along

CAUSE = "asymmetric"
# How sharply a side should be known, and how far apart two right ones may be: in units of B v.
GOAL, TOLERANCE = 1e-9, 1e-6
_SEED = 11


def examine(trial: Trial) -> Answer:
    """Differentiate the backward along two directions, by finite differences of itself alone."""
    positions = sorted(trial.verified)
    if not positions:
        return Waived("no gradient is verified, of which there could be a derivative")
    if trial.forward_noise or trial.backward_noise:
        return Waived("two equal calls differ")
    return _sides(trial, positions).answer


@dataclass(frozen=True)
class _Sides:
    """⟨w, DB v⟩ and ⟨v, DB w⟩, and how large what they are the changes of is."""

    one: Slope
    other: Slope
    size: float

    @property
    def answer(self) -> Answer:
        """Whether they are the same number, as far as can be seen."""
        apart = abs(self.one.value - self.other.value)
        bars = self.one.bar + self.other.bar
        largest = max(abs(self.one.value), abs(self.other.value))
        if apart > max(CLEAR * bars, TOLERANCE * largest) and bars <= BLUNT * largest:
            return Broken(
                CAUSE,
                "its derivative is not symmetric, so it is no gradient nearby: along two random "
                f"directions {self.one.value:.10g} and {self.other.value:.10g}, ± {bars:.1e}",
            )
        if not bars <= BLUNT * max(largest, self.size):  # NaN is not
            return Waived("the backward has no derivative here that finite differences can tell")
        return Kept()


def _sides(trial: Trial, positions: Sequence[int]) -> _Sides:
    probe = _of_the_backward(trial, positions)
    reach = {p: scale_of(trial.values[p]) for p in positions}
    first, second = (
        {
            p: direction(trial.values[p], generator(trial.probe.seed, _SEED, line, p), far)
            for p, far in reach.items()
        }
        for line in range(2)
    )
    projections = torch.stack([_along(line, positions) for line in (first, second)])
    size = norm(flat(probe.outputs) * projections)
    goals = projections.new_full((2,), GOAL * size)
    ascent = climb(bundle_along(probe, (first, second), reach), projections, goals)
    slopes = ascent.projected(projections)
    return _Sides(slopes[0][1], slopes[1][0], size)


def _of_the_backward(trial: Trial, positions: Sequence[int]) -> Probe:
    """The backward as a forward: its outputs are the claims."""

    def backward(values: Values) -> Outputs:
        claims = trial.run(values, trial.cotangents)[1]
        return tuple(_reshaped(claims[p], values[p]) for p in positions)

    subject = replace(trial.subject, forward=backward)
    return Probe(subject, trial.values, backward(trial.values), (), trial.probe.seed)


def _reshaped(claim: Tensor | None, value: Tensor) -> Tensor:
    if claim is None:
        raise BackwardError("the backward returns nothing nearby")
    return claim.reshape(value.shape).double()


def _along(line: dict[int, Tensor], positions: Sequence[int]) -> Tensor:
    return flat(tuple(line[p] for p in positions)).double()

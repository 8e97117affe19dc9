"""One measurement: the claimed and the measured gradient along one random direction.

A claimed gradient x̄ is right if  ⟨x̄, v⟩  equals the derivative of  t ↦ ⟨u, forward(x + t v)⟩  for
every v.  With δ the error of a wrong claim, ⟨δ, v⟩ is normal with standard deviation ‖δ‖: m draws
all miss it, below a threshold τ, with probability at most (√(2/π) τ/‖δ‖)ᵐ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator, scale_of
from gradcheck.cases.probe import Draw, Probe
from gradcheck.norms import norm
from gradcheck.subject import Values
from gradcheck.witnesses.numeric.ladder import Slope, slope

# The chance that all draws together overlook an error of the size of the stated resolution.
MISS_PROBABILITY = 1e-3
# What the search for steps aims at, and stops at.
WANTED = 1e-11
# A claim differs if it lies outside the bar by this factor; in between, it is not decided.
CLEAR = 2.0
# A bar wider than this part of the slope and of the output may come from chaos that looked steady
# by chance: a sine sampled far above its period changes by its own size at every step.
BLUNT = 1e-2
SUPPORTERS = 2
# A backward's own rounding, in units of ε times the norm of its summands.
ROUNDINGS = 32.0
# A gradient this many bars small is zero as far as this witness can see.
STRUCTURAL_ZERO = 10.0

_EPSILON = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Measurement:
    """Claim and truth along one direction, through one leaf or through several at once.

    Attributes:
        claimed: ⟨x̄, v⟩, summed over the leaves.
        slope: The derivative by finite differences, with its bar.
        rounding: How far a right claim may be off by the backward's own rounding.
        norms: Leaf position → the norm of its claim, in units of the leaf's scale.
        natural: The norm of cotangent times output: the size of what cancels in a zero gradient.
            Where the output is zero too, the norm of cotangent times leaf.
    """

    claimed: float
    slope: Slope
    rounding: float
    norms: dict[int, float]
    natural: float

    @property
    def error(self) -> float:
        """How far the claim is from the measured slope."""
        return abs(self.claimed - self.slope.value)

    @property
    def bar(self) -> float:
        """How far a right claim can be from the measured slope."""
        return self.slope.bar + self.rounding

    @property
    def agrees(self) -> bool:
        """Whether the claim may be right."""
        return self.error <= self.bar

    @property
    def differs(self) -> bool:
        """Whether the claim cannot be right, and the slope is known well enough to say so.

        Steps of two sizes at least must agree on the slope and exclude the claim: a function that
        oscillates far below all steps looks steady to one of them by chance, never to two alike.
        """
        sharp = self.bar <= BLUNT * max(abs(self.slope.value), self.natural)
        return sharp and self.error > CLEAR * self.bar and self._supporters() >= SUPPORTERS

    def _supporters(self) -> int:
        """How many step sizes give this slope, and exclude the claim, by themselves."""
        return sum(
            abs(reading.value - self.slope.value) <= reading.bar + self.slope.bar
            and abs(reading.value - self.claimed) > CLEAR * reading.bar + self.rounding
            for reading in self.slope.readings
        )

    @property
    def at_kink(self) -> bool:
        """Whether what makes the bar wide is a jump between the one-sided slopes."""
        return self.slope.kink > 0.5 * self.slope.bar

    def is_blind(self, position: int) -> bool:
        """Whether the leaf's gradient is too small beside the bar to be told from zero."""
        visible = self.norms[position]
        if len(self.norms) == 1:
            visible = max(visible, abs(self.slope.value))
        return visible <= STRUCTURAL_ZERO * self.bar

    def size_of(self, position: int) -> float:
        """What errors in this leaf are relative to: its gradient, unless that is zero."""
        if self.is_blind(position):
            return self.natural
        return self.norms[position] or abs(self.slope.value)

    def relative_error(self, position: int) -> float:
        """The error in units of the claim or of the truth, whichever is larger."""
        size = max(self.size_of(position), abs(self.slope.value))
        return self.error / size if size > 0 else self.error

    def resolution(self, position: int, draws: int) -> float:
        """The relative error that this many draws miss with MISS_PROBABILITY at most."""
        missed = math.sqrt(math.pi / 2) * _missed_fraction(draws)
        size = self.size_of(position)
        return 2 * self.bar / (missed * size) if size > 0 else math.inf


def measure(
    probe: Probe,
    draw: Draw,
    positions: tuple[int, ...],
    *,
    confirm: bool = False,
    stretch: float = 1.0,
) -> Measurement:
    """Move the leaves at these positions together along one direction each.

    ``stretch`` lengthens the directions: a leaf near zero may be far smaller than the distance
    over which the forward changes.
    """
    directions = {
        position: stretch * direction(probe.values[position], generator(draw.seed, position))
        for position in positions
    }
    claims = {position: _claim(draw, position) for position in positions}
    terms = [claims[position] * directions[position] for position in positions]
    claimed = sum(float(term.sum()) for term in terms)
    spread = math.hypot(*(norm(term) for term in terms))
    norms = {p: norm(claims[p]) * stretch * scale_of(probe.values[p]) for p in positions}
    u = _flat(draw.cotangents)
    scales = [scale_of(probe.values[position]) for position in positions]
    natural = norm(u * _flat(probe.outputs)) or norm(u) * min(scales)
    goal = _goal([norm for norm in norms.values() if norm > 0] or [natural], len(probe.draws))
    return Measurement(
        claimed=claimed,
        slope=slope(_Line(probe, directions), u, goal, confirm=confirm),
        rounding=_EPSILON * (ROUNDINGS * spread + 4 * abs(claimed)),
        norms=norms,
        natural=natural,
    )


@dataclass(frozen=True)
class _Line:
    """t ↦ the flattened outputs at the point moved by t along the directions."""

    probe: Probe
    directions: dict[int, Tensor]

    def __call__(self, t: float) -> Tensor:
        if t == 0:
            return _flat(self.probe.outputs)
        moved: Values = tuple(
            value + t * self.directions[position] if position in self.directions else value
            for position, value in enumerate(self.probe.values)
        )
        return _flat(self.probe.subject.forward(moved))


def _goal(norms: list[float], draws: int) -> float:
    """The bar at which even the leaf with the smallest gradient is resolved as wanted."""
    return 0.5 * WANTED * _missed_fraction(draws) * min(norms)


def _missed_fraction(draws: int) -> float:
    """The part of its standard deviation below which one draw may fall, if all may be missed."""
    root: float = MISS_PROBABILITY ** (1 / draws)
    return root


def _claim(draw: Draw, position: int) -> Tensor:
    claim = draw.claims[position]
    if claim is None:
        raise ValueError(f"leaf {position} has no claim to measure")
    return claim.double()


def _flat(tensors: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([tensor.reshape(-1) for tensor in tensors])

"""One measurement: the claimed and the measured gradient along one random direction.

A claimed gradient x̄ is right if  ⟨x̄, v⟩  equals the derivative of  t ↦ ⟨u, forward(x + t v)⟩  for
every v.  With δ the error of a wrong claim, ⟨δ, v⟩ is normal with standard deviation ‖δ‖: k
directions all miss it, below a threshold τ, with probability at most (√(2/π) τ/‖δ‖)ᵏ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator, scale_of
from gradcheck.cases.probe import Draw, Probe
from gradcheck.norms import norm
from gradcheck.subject import Values, flat
from gradcheck.witnesses.numeric.ladder import Ascent, Bundle, Slope, climb
from gradcheck.witnesses.numeric.noise import coarsest_grid

# What costs little to see is looked for; nothing coarser is agreement, unless it is asked for.
FINE = 1e-11
COARSEST = 1e-6
# Leaves are on a grid of a quarter of this, so that they can be moved there and back exactly.
NUDGE = 2.0**-45
# A claim differs if it lies outside the bar by this factor; in between, it is not decided.
CLEAR = 2.0
# A bar wider than this part of the slope and of the output may come from chaos that looked steady
# by chance: a sine sampled far above its period changes by its own size at every step.
BLUNT = 1e-2
SUPPORTERS = 2
# A backward's own rounding, in units of ε times the norm of its summands.
ROUNDINGS = 32.0
# No leaf moves further than so many times its scale to be seen beside others.
MOST_BALANCE = 16.0
# A gradient this many bars small is zero as far as this witness can see.
STRUCTURAL_ZERO = 10.0
# A direction that may miss less than this part of an error asks too much of the bar: two
# directions that each miss more of it see the same at the same odds.
FEWEST_MISSED = 0.03

NOTHING_HELD: Mapping[int, Tensor] = MappingProxyType({})
_EPSILON = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Aim:
    """What a check wants to see, and how surely.

    Attributes:
        asked: The relative error that must show; None if nobody said.
        miss_probability: The chance that an error of the stated size is overlooked.
    """

    asked: float | None = None
    miss_probability: float = 1e-3

    @property
    def resolution(self) -> float:
        """The relative error at which the search for better steps ends."""
        return FINE if self.asked is None else min(FINE, self.asked)

    @property
    def coarsest(self) -> float:
        """Nothing coarser than this is called agreement."""
        return COARSEST if self.asked is None else max(COARSEST, self.asked)

    @property
    def directions(self) -> int:
        """How many directions are followed.

        >>> Aim().directions, Aim(miss_probability=1e-6).directions
        (2, 4)
        """
        return max(2, math.ceil(math.log(self.miss_probability) / math.log(FEWEST_MISSED) - 1e-9))

    @property
    def missed(self) -> float:
        """The part of ‖δ‖ below which every direction may find ⟨δ, v⟩, at that probability."""
        fraction: float = self.miss_probability ** (1 / self.directions)
        return math.sqrt(math.pi / 2) * fraction


@dataclass(frozen=True)
class Measurement:
    """Claim and truth along one direction, through one leaf or through several at once.

    Attributes:
        claimed: ⟨x̄, v⟩, summed over the leaves.
        slope: The derivative by finite differences, with its bar.
        rounding: How far a right claim may be off by the backward's own rounding.
        norms: Leaf position → the norm of its claim, in units of the direction's scale.
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

    def resolution(self, position: int, aim: Aim) -> float:
        """The relative error that all directions miss with the stated probability at most."""
        size = self.size_of(position)
        return 2 * self.bar / (aim.missed * size) if size > 0 else math.inf


@dataclass(frozen=True)
class Survey:
    """Every cotangent measured along every direction.

    Attributes:
        measurements: One for each pair of a cotangent and a direction.
        directions: Leaf position → its direction, for each line.
        ascent: What was found of every output along every line.
    """

    measurements: tuple[Measurement, ...]
    directions: tuple[dict[int, Tensor], ...]
    ascent: Ascent

    @property
    def forwards(self) -> int:
        """How often the forward was called."""
        return self.ascent.forwards


def survey(
    probe: Probe,
    draws: tuple[Draw, ...],
    positions: tuple[int, ...],
    aim: Aim,
    *,
    confirm: bool = False,
    stretch: float = 1.0,
    moving: Mapping[int, Tensor] = NOTHING_HELD,
) -> Survey:
    """Move the leaves at these positions together along a few directions each.

    ``stretch`` lengthens the directions: a leaf near zero may be far smaller than the distance
    over which the forward changes.  ``moving`` tells, for a leaf that moves in part, which of its
    elements do: 1 for those, 0 for what is held still.
    """
    scales = {position: stretch * scale_of(probe.values[position]) for position in positions}
    norms = [_norms(draw, positions, moving) for draw in draws]
    reach = _balanced(scales, norms[0])
    sizes = [
        ({p: size * reach[p] for p, size in of_draw.items()}, _natural(probe, draw, reach))
        for draw, of_draw in zip(draws, norms, strict=True)
    ]
    drawn = {p: _directions(probe, p, far, moving, aim) for p, far in reach.items()}
    directions = tuple({p: drawn[p][line] for p in positions} for line in range(aim.directions))
    goals = [_goal(norms, natural, aim) for norms, natural in sizes]
    cotangents = torch.stack([flat(draw.cotangents).double() for draw in draws])
    ascent = climb(
        _bundle(probe, directions, reach),
        cotangents,
        torch.tensor(goals, dtype=torch.float64, device=cotangents.device),
        confirm=confirm,
    )
    slopes = ascent.projected(cotangents)
    measurements = tuple(
        _measurement(draw, line, slope, norms, natural)
        for draw, row, (norms, natural) in zip(draws, slopes, sizes, strict=True)
        for line, slope in zip(directions, row, strict=True)
    )
    return Survey(measurements, directions, ascent)


def _balanced(scales: dict[int, float], norms: dict[int, float]) -> dict[int, float]:
    """How far each leaf moves: further where its gradient is small, but not above all scales.

    A small bias beside large weights would be seen only as sharply as the weights' roundoff lets.
    """
    effects = {position: norms[position] * scale for position, scale in scales.items()}
    largest_effect, largest_scale = max(effects.values()), max(scales.values())
    reach = {}
    for position, scale in scales.items():
        effect = effects[position]
        wanted = largest_effect / effect if effect > 0 and largest_effect < math.inf else 1.0
        allowed = min(wanted, MOST_BALANCE, largest_scale / scale)
        reach[position] = scale * 2.0 ** math.floor(math.log2(max(allowed, 1.0)))
    return reach


def _directions(
    probe: Probe, position: int, reach: float, moving: Mapping[int, Tensor], aim: Aim
) -> Tensor:
    """One direction for each line; drawn together, since a draw costs more than its numbers."""
    leaf = probe.values[position]
    drawn = direction(
        leaf.expand(aim.directions, *leaf.shape), generator(probe.seed, position), reach
    )
    return drawn * moving[position] if position in moving else drawn


def _bundle(
    probe: Probe, directions: tuple[dict[int, Tensor], ...], reach: dict[int, float]
) -> Bundle:
    """The straight lines through the probe's point along these directions."""
    first, *others = directions
    total = {p: sum((line[p] for line in others), v) for p, v in first.items()}
    centre = flat(probe.outputs)
    return Bundle(
        along=lambda t: torch.stack([outputs_at(probe, line, t) for line in directions]),
        sum=lambda t: outputs_at(probe, total, t),
        nudge=lambda sign: outputs_at(probe, _nudges(probe, total, reach), sign * NUDGE),
        centre=centre.double().expand(len(directions), -1),
        half_epsilon=0.5 * torch.finfo(centre.dtype).eps,
        grid=lambda: max(
            coarsest_grid(probe.values[position]) / scale_of(probe.values[position])
            for position in total
        ),
    )


def _nudges(probe: Probe, total: dict[int, Tensor], reach: dict[int, float]) -> dict[int, Tensor]:
    """The direction in quarters of the leaf's scale, whatever it is in units of."""
    return {
        p: (v * (4 / reach[p])).round() * (scale_of(probe.values[p]) / 4) for p, v in total.items()
    }


def outputs_at(probe: Probe, line: dict[int, Tensor], t: float) -> Tensor:
    """The flattened outputs at the point moved by t along a line."""
    moved: Values = tuple(
        torch.add(value, line[position], alpha=t) if position in line else value
        for position, value in enumerate(probe.values)
    )
    return flat(probe.subject.forward(moved)).double()


def _measurement(
    draw: Draw, line: dict[int, Tensor], slope: Slope, norms: dict[int, float], natural: float
) -> Measurement:
    claimed = sum(
        float(torch.dot(_claim(draw, position).reshape(-1), v.reshape(-1)))
        for position, v in line.items()
    )
    spread = math.hypot(*norms.values())  # of the products of claim and direction, as a rule
    return Measurement(
        claimed=claimed,
        slope=slope,
        rounding=_EPSILON * (ROUNDINGS * spread + 4 * abs(claimed)),
        norms=norms,
        natural=natural,
    )


def _norms(
    draw: Draw, positions: tuple[int, ...], moving: Mapping[int, Tensor]
) -> dict[int, float]:
    """The norm of each leaf's claim, as far as the leaf moves."""
    return {
        p: norm(_claim(draw, p) * moving[p] if p in moving else _claim(draw, p)) for p in positions
    }


def _natural(probe: Probe, draw: Draw, reach: dict[int, float]) -> float:
    """The size of what cancels where a gradient is zero."""
    u = flat(draw.cotangents)
    return norm(u * flat(probe.outputs)) or norm(u) * min(reach.values())


def _goal(norms: dict[int, float], natural: float, aim: Aim) -> float:
    """The bar at which even the leaf with the smallest gradient is resolved as wanted."""
    visible = [size for size in norms.values() if size > 0] or [natural]
    return 0.5 * aim.resolution * aim.missed * min(visible)


def _claim(draw: Draw, position: int) -> Tensor:
    claim = draw.claims[position]
    if claim is None:
        raise ValueError(f"leaf {position} has no claim to measure")
    return claim.double()

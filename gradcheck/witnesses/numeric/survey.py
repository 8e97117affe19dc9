"""Every cotangent measured along every direction, all leaves at once or one by itself."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from gradcheck.cases.point import STEP, generator, steps
from gradcheck.cases.probe import Draw, Probe
from gradcheck.errors import ExerciseError
from gradcheck.grid import scale_of
from gradcheck.norms import norm
from gradcheck.subject import Values, flat
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.bundle import Bundle
from gradcheck.witnesses.numeric.ladder import NUDGE, climb
from gradcheck.witnesses.numeric.measurement import Measurement
from gradcheck.witnesses.numeric.projection import Ascent, Slope
from gradcheck.witnesses.numeric.steps import Line, Steps, Way, added, moved, nearest, product

# A backward's own rounding, in units of ε times the norm of its summands.
ROUNDINGS = 32.0
# No leaf moves further than so many times its scale to be seen beside others.
MOST_BALANCE = 16.0

NOTHING_HELD: Mapping[int, Tensor] = MappingProxyType({})
_EPSILON = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Survey:
    """Every cotangent measured along every direction.

    Attributes:
        measurements: One for each pair of a cotangent and a direction.
        directions: Leaf position → its direction, for each line.
        stretch: How much longer than the leaf's scale they are.
        ascent: What was found of every output along every line.
    """

    measurements: tuple[Measurement, ...]
    directions: tuple[dict[int, Way], ...]
    stretch: float
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
        ({p: size * reach[p] for p, size in of_draw.items()}, _natural(probe, draw, of_draw, reach))
        for draw, of_draw in zip(draws, norms, strict=True)
    ]
    drawn = {p: _directions(probe, p, far, moving, aim) for p, far in reach.items()}
    directions = tuple({p: drawn[p][line] for p in positions} for line in range(aim.directions))
    goals = [_goal(norms, natural, aim) for norms, natural in sizes]
    cotangents = torch.stack([flat(draw.cotangents).double() for draw in draws])
    bundle = bundle_along(probe, directions, reach)
    ascent = climb(
        bundle,
        cotangents,
        torch.tensor(goals, dtype=torch.float64, device=cotangents.device),
        confirm=confirm,
    )
    slopes = ascent.projected(cotangents)
    measurements = tuple(
        _measurement(
            draw, line, slope, norms=norms, natural=natural, reach=norm(u) * min(reach.values())
        )
        for draw, row, (norms, natural), u in zip(draws, slopes, sizes, cotangents, strict=True)
        for line, slope in zip(directions, row, strict=True)
    )
    return Survey(measurements, directions, stretch, ascent)


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
) -> Sequence[Way]:
    """One direction for each line; drawn together, since a draw costs more than its numbers."""
    leaf = probe.values[position]
    drawn = steps((aim.directions, *leaf.shape), generator(probe.seed, position)).to(leaf.device)
    if position in moving:
        return [STEP * reach * count * moving[position] for count in drawn]
    return [Steps(count, STEP * reach) for count in drawn]


def bundle_along(probe: Probe, directions: Sequence[Line], reach: Mapping[int, float]) -> Bundle:
    """The straight lines through the probe's point along these directions."""
    first, *others = directions
    total = {
        p: functools.reduce(added, (line[p] for line in others), way) for p, way in first.items()
    }
    centre = flat(probe.outputs)
    return Bundle(
        lines=lambda t: torch.stack([outputs_at(probe, line, t) for line in directions]),
        total=lambda t: outputs_at(probe, total, t),
        nudges=lambda times: outputs_at(probe, _nudges(total, reach), times * NUDGE),
        centre=centre.double().expand(len(directions), -1),
        half_epsilon=0.5 * torch.finfo(centre.dtype).eps,
    )


def _nudges(total: Line, reach: Mapping[int, float]) -> Line:
    """The direction in quarters of its reach, so that a nudge moves no leaf off its grid."""
    return {p: nearest(way, reach[p] / 4) for p, way in total.items()}


def outputs_at(probe: Probe, line: Line, t: float) -> Tensor:
    """The flattened outputs at the point moved by t along a line; NaN where the forward refuses.

    It has accepted the point, so it is the step that leaves its domain: a shorter one may not.
    """
    there: Values = tuple(
        moved(value, line[position], t) if position in line else value
        for position, value in enumerate(probe.values)
    )
    try:
        return flat(probe.subject.forward(there)).double()
    except ExerciseError:
        return torch.full_like(flat(probe.outputs), math.nan, dtype=torch.float64)


def _measurement(
    draw: Draw,
    line: Line,
    slope: Slope,
    *,
    norms: dict[int, float],
    natural: float,
    reach: float,
) -> Measurement:
    claimed = sum(product(_claim(draw, position), way) for position, way in line.items())
    spread = math.hypot(*norms.values())  # of the products of claim and direction, as a rule
    return Measurement(
        claimed=claimed,
        slope=slope,
        rounding=_EPSILON * (ROUNDINGS * spread + 4 * abs(claimed)),
        norms=norms,
        natural=natural,
        reach=reach,
    )


def _norms(
    draw: Draw, positions: tuple[int, ...], moving: Mapping[int, Tensor]
) -> dict[int, float]:
    """The norm of each leaf's claim, as far as the leaf moves."""
    return {
        p: norm((_claim(draw, p) * moving[p] if p in moving else _claim(draw, p)).double())
        for p in positions
    }


def _natural(probe: Probe, draw: Draw, norms: dict[int, float], reach: dict[int, float]) -> float:
    """The size of what cancels where a gradient is zero.

    Where the output is zero as well, only a claim of just zero has a size to go by: the leaf's.
    """
    u = flat(draw.cotangents)
    size = norm(u * flat(probe.outputs))
    return size or (0.0 if any(norms.values()) else norm(u) * min(reach.values()))


def _goal(norms: dict[int, float], natural: float, aim: Aim) -> float:
    """The bar at which even the leaf with the smallest gradient is resolved as wanted."""
    visible = [size for size in norms.values() if size > 0] or [natural]
    return 0.5 * aim.resolution * aim.missed * min(visible)


def _claim(draw: Draw, position: int) -> Tensor:
    claim = draw.claims[position]
    if claim is None:
        raise ValueError(f"leaf {position} has no claim to measure")
    return claim

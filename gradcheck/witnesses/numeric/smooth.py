"""Claims compared with finite differences where the forward is smooth.

One direction through all leaves at once decides the common case, so the number of forwards grows
neither with the size nor with the number of the leaves.  Only after a disagreement, or where a
small gradient drowns beside a large one, is a leaf looked at alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.grid import scale_of
from gradcheck.subject import flat
from gradcheck.witnesses.dust import is_tiny
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.ladder import ROUNDOFF_ALONE
from gradcheck.witnesses.numeric.measurement import Measurement
from gradcheck.witnesses.numeric.survey import NOTHING_HELD, Survey, outputs_at, survey

NAME = "numeric"

# The part of a direction that is neither so short that rounding hides it, nor longer than a step.
SHORT = 2.0**-6
# How much longer a direction is tried where a gradient cannot be seen.
STRETCHES = (2.0**17, 2.0**34, 2.0**51)
# Smaller than this part of a leaf's size no element is moved by itself.
SMALLEST_OWN_SIZE = 2.0**-100
# The rounding of an output that is a sum, in units of its last bit.
ROUNDINGS = 32.0
# A longer direction that contradicts the shorter one by so many bars sees another function.
STAIRCASE = 64.0

_EPSILON = torch.finfo(torch.float64).eps

Words = dict[int, Comparison]
"""Leaf position → what the witness says of it."""


def together(probe: Probe, positions: tuple[int, ...], aim: Aim) -> Survey:
    """All leaves at these positions, moved at once."""
    return survey(probe, probe.draws, positions, aim)


def judge_alone(probe: Probe, position: int, aim: Aim, first: Survey | None = None) -> Comparison:
    """One leaf by itself; each element in units of its own size, if one size does not fit all.

    Where a leaf holds elements of 1e-9 beside others of 1e9, steps that suit these leave the
    domain of those.  ``first`` is what was seen of it already, where it moved by itself.
    """
    said = compare(survey_alone(probe, position, aim, first=first), position, aim)
    if said.opinion != Opinion.COARSE or said.at_kink:
        return said
    leaf = probe.values[position]
    sizes = (leaf.abs() / scale_of(leaf)).clamp(min=SMALLEST_OWN_SIZE)
    own = torch.where(leaf == 0, 1.0, 2.0 ** sizes.log2().round())
    finer = compare(survey_alone(probe, position, aim, {position: own}), position, aim)
    if finer.opinion == Opinion.COARSE:
        return said
    return replace(finer, note="errors are relative to the size of each element")


def judge_each(probe: Probe, found: Survey, positions: tuple[int, ...], aim: Aim) -> Words:
    """What was found of all together, of each leaf; alone those of which that says too little."""
    words = {position: compare(found, position, aim) for position in positions}
    for position in positions:
        agrees = words[position].opinion == Opinion.AGREES
        if agrees and (not _is_blind(found, position) or _is_idle(probe, position, found)):
            continue
        words[position] = judge_alone(
            probe, position, aim, first=found if len(found.directions[0]) == 1 else None
        )
    return words


def survey_alone(
    probe: Probe,
    position: int,
    aim: Aim,
    moving: Mapping[int, Tensor] = NOTHING_HELD,
    first: Survey | None = None,
) -> Survey:
    """One leaf by itself; with longer directions as long as its gradient is not seen sharply.

    If no direction shows any, the gradient is zero by structure.
    """
    found = _survey_with_care(probe, position, aim, 1.0, moving, first=first)
    if position in moving or not _is_lost_in_roundoff(found, position, aim):
        return found
    for stretch in (*STRETCHES, 1 / scale_of(probe.values[position])):
        if stretch == found.stretch or _bends_on_the_way(probe, position, found, stretch):
            continue
        longer = _survey_with_care(probe, position, aim, stretch, moving, first=None)
        if any(one.is_blind(position) or one.at_kink for one in longer.measurements):
            found = _beside_kinks(found, longer) if _is_blind(found, position) else found
            continue
        if not _consistent(found, longer):
            break
        if is_tiny(probe, position) and _differs_below_the_last_bit(longer):
            break
        if _is_blind(found, position) or _sharpness(longer) < _sharpness(found):
            found = longer
        if not _is_blind(found, position) and _resolution(found, position, aim) <= aim.coarsest:
            break
    return found


def _beside_kinks(found: Survey, longer: Survey) -> Survey:
    """What was found, told how steep it is to the sides of the kinks that the longer look shows."""
    stretch = longer.stretch / found.stretch
    measurements = tuple(
        replace(near, afar=min(near.afar, far.slope.kink / stretch)) if far.at_kink else near
        for near, far in zip(found.measurements, longer.measurements, strict=True)
    )
    return replace(found, measurements=measurements)


def _is_idle(probe: Probe, position: int, found: Survey) -> bool:
    """Whether nothing is claimed of a leaf, and nothing moves however far it is moved by itself.

    Ten forwards, where surveys with longer and longer directions take a hundred.
    """
    claims = (draw.claims[position] for draw in probe.draws)
    if any(claim is None or bool(claim.any()) for claim in claims):
        return False
    line, still = {position: found.directions[0][position]}, flat(probe.outputs).double()
    return all(
        torch.equal(outputs_at(probe, line, sign * stretch), still)
        for stretch in (SHORT, *STRETCHES, 1 / scale_of(probe.values[position]))
        for sign in (1, -1)
    )


def _bends_on_the_way(probe: Probe, position: int, found: Survey, stretch: float) -> bool:
    """Whether a straight look that far contradicts what was seen near the point.

    Four forwards tell that a longer direction leads elsewhere, as over a minimum's other branch,
    where a survey along it takes a hundred.
    """
    line = {position: found.directions[0][position] * (stretch / found.stretch)}
    ahead, behind = (
        [outputs_at(probe, line, sign * far) for far in (SHORT, SHORT / 2)] for sign in (1, -1)
    )
    slopes = [
        (one - other) / (2 * SHORT * part * stretch)
        for one, other, part in zip(ahead, behind, (1, 0.5), strict=True)
    ]
    farther, nearer = slopes
    largest = torch.stack([*ahead, *behind]).abs().amax(dim=0)
    doubt = (nearer - farther).abs() + ROUNDINGS * _EPSILON * largest / (SHORT * stretch)
    extrapolated = (4 * nearer - farther) / 3
    near = found.ascent.best
    apart = (extrapolated - near.value[0] / found.stretch).abs()
    return bool((apart > STAIRCASE * near.doubt[0] / found.stretch + doubt).any())


def _is_blind(found: Survey, position: int) -> bool:
    return any(one.is_blind(position) for one in found.measurements)


def _consistent(found: Survey, longer: Survey) -> bool:
    """Whether the longer steps show slopes that the shorter ones allow, output by output.

    A staircase has a slope of its own far away; a sine looks flat.
    """
    near, far = found.ascent.best, longer.ascent.best
    apart = (far.value / longer.stretch - near.value / found.stretch).abs()
    allowed = far.doubt / longer.stretch + near.doubt / found.stretch
    return bool((apart <= STAIRCASE * allowed).all())


def _differs_below_the_last_bit(longer: Survey) -> bool:
    """Whether what it contradicts moves no output by its last bit over the whole leaf's size.

    So little is lost inside, where terms cancel that nobody sees, as in a saturated softmax.
    """
    return any(
        not one.agrees and one.error <= _EPSILON * longer.stretch * one.natural
        for one in longer.measurements
    )


def _is_lost_in_roundoff(found: Survey, position: int, aim: Aim) -> bool:
    """Whether roundoff hides the leaf's gradient, so that a longer direction may show it.

    Not so on a kink, or where the largest steps are too large already: there longer ones do harm;
    nor on treads, which these would only cross.
    """
    if bool(found.ascent.flat.any()):
        return False
    largest = found.ascent.rungs[0]
    hidden = bool((largest.roundoff > ROUNDOFF_ALONE * largest.doubt).all())
    return hidden and (
        _is_blind(found, position) or _resolution(found, position, aim) > aim.coarsest
    )


def _sharpness(found: Survey) -> float:
    """The widest bar in units of its slope."""
    return max(
        one.bar / abs(one.slope.value) if one.slope.value else math.inf
        for one in found.measurements
    )


def _survey_with_care(
    probe: Probe,
    position: int,
    aim: Aim,
    stretch: float,
    moving: Mapping[int, Tensor],
    *,
    first: Survey | None,
) -> Survey:
    """With every step size, if the first ones contradict the claim."""
    asked = functools.partial(
        survey, probe, probe.draws, (position,), aim, stretch=stretch, moving=moving
    )
    found = first or asked()
    return found if all(one.agrees for one in found.measurements) else asked(confirm=True)


def _resolution(found: Survey, position: int, aim: Aim) -> float:
    return max(one.resolution(position, aim) for one in found.measurements)


def compare(found: Survey, position: int, aim: Aim) -> Comparison:
    """What the survey says of one leaf that moved in it."""
    measurements = found.measurements
    resolution = _resolution(found, position, aim)
    opinion = Opinion.COARSE
    if all(m.agrees for m in measurements):
        opinion = Opinion.AGREES if resolution <= aim.coarsest else Opinion.COARSE
    # A line without a bar casts doubt on the others: they may have met the same chaos by chance.
    elif any(m.differs for m in measurements) and all(math.isfinite(m.bar) for m in measurements):
        opinion = Opinion.DIFFERS
    return Comparison(
        witness=NAME,
        opinion=opinion,
        error=max(m.relative_error(position) for m in measurements),
        resolution=resolution,
        forwards=found.forwards,
        projections=tuple(Projection(m.claimed, m.slope.value, m.bar) for m in measurements),
        at_kink=any(
            m.at_kink or (opinion == Opinion.COARSE and m.bends_afar) for m in measurements
        ),
        blind=any(m.is_blind(position) for m in measurements),
        note=_why_coarse(measurements, resolution, aim)
        if opinion == Opinion.COARSE
        else _what_is_not_seen(measurements, position),
    )


def _what_is_not_seen(measurements: tuple[Measurement, ...], position: int) -> str:
    if any(m.is_blind(position) and m.norms[position] > 0 for m in measurements):
        return "the gradient cannot be told from zero: errors are relative to what cancels in it"
    return ""


def _why_coarse(measurements: tuple[Measurement, ...], resolution: float, aim: Aim) -> str:
    worst = max(measurements, key=lambda m: m.bar)
    if worst.at_kink:
        return "the point lies on a kink: the slopes to its two sides differ"
    if any(m.bends_afar for m in measurements):
        return "rounding hides it, and farther off the slopes to its two sides differ"
    if not math.isfinite(worst.bar):
        return "no step gives a steady slope: the forward jumps, oscillates or leaves its domain"
    if not math.isfinite(resolution):
        return "the gradient is too small to be seen beside the rounding of the output"
    if resolution > aim.coarsest:
        return f"its error bar allows no more than {resolution:.1e}"
    return "the claim lies at the edge of the error bar"

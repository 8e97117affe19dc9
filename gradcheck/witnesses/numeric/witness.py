"""The numeric witness: finite differences along random directions, with derived error bars.

One direction through all leaves at once decides the common case, so the number of forwards grows
neither with the size nor with the number of the leaves.  Only after a disagreement, or where a
small gradient drowns beside a large one, is a leaf looked at alone.
"""

from __future__ import annotations

import math

import torch

from gradcheck.cases.point import scale_of
from gradcheck.cases.probe import Draw, Probe
from gradcheck.records import Comparison, Opinion, Projection
from gradcheck.witnesses.numeric.measurement import Measurement, measure

NAME = "numeric"

# Nothing coarser than this is called agreement.
COARSEST = 1e-6
# How much longer a direction is tried where a gradient cannot be seen.
STRETCHES = (2.0**17, 2.0**34, 2.0**51)


def examine(probe: Probe, positions: tuple[int, ...]) -> dict[int, Comparison]:
    """Compare the claims of the leaves at these positions with finite differences."""
    if not positions:
        return {}
    with torch.no_grad():
        together = [measure(probe, draw, positions) for draw in probe.draws]
        found = {position: _compare(together, position) for position in positions}
        for position in positions:
            blind = any(measurement.is_blind(position) for measurement in together)
            if blind or found[position].opinion != Opinion.AGREES:
                alone = [_measure_alone(probe, draw, position) for draw in probe.draws]
                found[position] = _compare(alone, position)
    return found


def _measure_alone(probe: Probe, draw: Draw, position: int) -> Measurement:
    """One leaf by itself; with longer directions as long as its gradient is not seen sharply.

    If no direction shows any, the gradient is zero by structure.
    """
    found = _measure_with_care(probe, draw, position, stretch=1.0)
    to_one = 1 / scale_of(probe.values[position])
    for stretch in (*STRETCHES, to_one) if _is_dim(found, position, probe) else ():
        longer = _measure_with_care(probe, draw, position, stretch)
        if longer.is_blind(position) or longer.at_kink:
            continue
        if found.is_blind(position) or _sharpness(longer) < _sharpness(found):
            found = longer
        if not _is_dim(found, position, probe):
            break
    return found


def _is_dim(found: Measurement, position: int, probe: Probe) -> bool:
    """Whether roundoff hides the leaf's gradient, so that a longer direction may show it.

    Not so on a kink, or where the slope is not steady: there longer directions do harm.
    """
    if found.at_kink or not math.isfinite(found.bar):
        return False
    coarse = found.resolution(position, draws=len(probe.draws)) > COARSEST
    return found.is_blind(position) or coarse


def _sharpness(found: Measurement) -> float:
    """The bar in units of the slope."""
    return found.bar / abs(found.slope.value) if found.slope.value else math.inf


def _measure_with_care(probe: Probe, draw: Draw, position: int, stretch: float) -> Measurement:
    """With every step size, if the first ones contradict the claim."""
    found = measure(probe, draw, (position,), stretch=stretch)
    if found.agrees:
        return found
    return measure(probe, draw, (position,), confirm=True, stretch=stretch)


def _compare(measurements: list[Measurement], position: int) -> Comparison:
    resolution = max(m.resolution(position, draws=len(measurements)) for m in measurements)
    # A draw without a bar casts doubt on the others: they may have met the same chaos by chance.
    if any(m.differs for m in measurements) and all(math.isfinite(m.bar) for m in measurements):
        opinion = Opinion.DIFFERS
    elif all(m.agrees for m in measurements) and resolution <= COARSEST:
        opinion = Opinion.AGREES
    else:
        opinion = Opinion.COARSE
    return Comparison(
        witness=NAME,
        opinion=opinion,
        error=max(m.relative_error(position) for m in measurements),
        resolution=resolution,
        forwards=sum(m.slope.evaluations for m in measurements),
        projections=tuple(Projection(m.claimed, m.slope.value, m.bar) for m in measurements),
        at_kink=any(m.at_kink for m in measurements),
        note=_why_coarse(measurements, resolution) if opinion == Opinion.COARSE else "",
    )


def _why_coarse(measurements: list[Measurement], resolution: float) -> str:
    worst = max(measurements, key=lambda m: m.bar)
    if worst.at_kink:
        return "the point lies on a kink: the slopes to its two sides differ"
    if not math.isfinite(worst.bar):
        return "no step gives a steady slope: the forward jumps, oscillates or leaves its domain"
    if resolution > COARSEST:
        return f"its error bar allows no more than {resolution:.1e}"
    return "the claim lies at the edge of the error bar"

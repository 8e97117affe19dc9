"""A plain central difference with steps of every size, beside what the witness makes of it.

It decides nothing.  It shows why a tolerance cannot be chosen by hand: with longer steps the
difference errs by what it leaves out, with shorter ones by rounding, and nobody knows beforehand
where between the two the least error lies, or how large that is.
"""

from __future__ import annotations

import math

import torch

from gradcheck.cases.probe import Probe
from gradcheck.exhibits import Sweep
from gradcheck.subject import flat
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.ladder import UNITS
from gradcheck.witnesses.numeric.stencil import STEPS
from gradcheck.witnesses.numeric.survey import outputs_at, survey

SWEPT = tuple(2.0**-power for power in range(1, 47))


def sweep(probe: Probe, position: int, aim: Aim) -> Sweep:
    """Follow the first direction of one leaf, by itself, with every step."""
    with torch.no_grad():
        found = survey(probe, probe.draws[:1], (position,), aim)
        measurement, line = found.measurements[0], found.directions[0]
        cotangent = flat(probe.draws[0].cotangents).double()
        slopes = []
        for step in SWEPT:
            apart = outputs_at(probe, line, step) - outputs_at(probe, line, -step)
            slopes.append(float(torch.dot(cotangent, apart)) / (2 * step))
    readings = measurement.slope.readings
    chosen = min(range(len(readings)), key=lambda rung: readings[rung].bar)
    return Sweep(
        steps=SWEPT,
        slopes=tuple(slope if math.isfinite(slope) else None for slope in slopes),
        claimed=measurement.claimed,
        measured=measurement.slope.value,
        bar=measurement.bar,
        shortest=STEPS[-1] * UNITS[chosen],
        longest=STEPS[0] * UNITS[chosen],
    )

"""What is lost in an output that is just zero: terms that cancel leave nothing of a tiny slope.

The backward of a saturated softmax gives  p (u - Σ p u)  with p the nearest number to one: zero,
though it should be as small as the others of its row, and a right second derivative counts it in.
"""

from __future__ import annotations

from dataclasses import replace

from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.subject import flat
from gradcheck.witnesses.dust import is_tiny
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.kinks import masked
from gradcheck.witnesses.numeric.smooth import compare, survey_alone


def unless_lost(probe: Probe, position: int, said: Comparison, aim: Aim) -> Comparison:
    """A difference as it is, unless a tiny claim agrees where outputs are not just zero.

    These are measured by themselves; then of the others nothing is known.
    """
    if said.opinion != Opinion.DIFFERS or not is_tiny(probe, position):
        return said
    shown = flat(probe.outputs) != 0
    if not probe.subject.free_cotangent or bool(shown.all()) or not bool(shown.any()):
        return said
    others = replace(probe, draws=masked(probe, shown))
    again = compare(survey_alone(others, position, aim), position, aim)
    if again.opinion == Opinion.DIFFERS:
        return said
    note = "some outputs are just zero: a slope as small as the claim may be lost in them"
    return replace(said, opinion=Opinion.COARSE, note=note)

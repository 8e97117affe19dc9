"""How small an error a check could have seen, and whether that is what was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from gradcheck.comparison import Comparison, Opinion
from gradcheck.diagnosis.culprit import Ruling
from gradcheck.records import Verdict
from gradcheck.witnesses.numeric.aim import Aim


def finest(comparisons: Mapping[str, Comparison]) -> tuple[float | None, str]:
    """The smallest error that would have been noticed, and by whom: whoever sees best."""
    known = [
        (c.resolution, witness)
        for witness, c in comparisons.items()
        if c.resolution is not None and c.opinion != Opinion.ABSENT
    ]
    return min(known) if known else (None, "")


def as_fine_as_asked(ruling: Ruling, comparisons: Mapping[str, Comparison], aim: Aim) -> Ruling:
    """What is verified less sharply than was asked for is undecided, and why is said."""
    reached, witness = finest(comparisons)
    if ruling.verdict != Verdict.VERIFIED or aim.asked is None:
        return ruling
    if reached is not None and reached <= aim.asked:
        return ruling
    return replace(
        ruling,
        verdict=Verdict.UNDECIDED,
        message=f"nothing speaks against it, but an error of {aim.asked:.0e} was asked to show, "
        f"and {_smallest(reached)}: {_what_helps(witness, aim)}",
    )


def _smallest(reached: float | None) -> str:
    if reached is None or not math.isfinite(reached):
        return "none is known that would have"
    return f"{reached:.1e} is the smallest that would have"


def _what_helps(witness: str, aim: Aim) -> str:
    if witness != "numeric":
        return "that is as far as the rounding of float64 lets two right gradients differ"
    return (
        "float64 outputs leave finite differences no more; ask autograd or the reference too, "
        f"inputs nearer to one, or a larger chance of a miss than {aim.miss_probability:g}"
    )

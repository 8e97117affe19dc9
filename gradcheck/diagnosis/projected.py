"""The first look: what the directions alone tell of a wrong gradient, before any element is known.

A cause is named only when its test supports it; else the cause is ``unknown``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from gradcheck.comparison import Projection
from gradcheck.records import Cause

UNKNOWN = "unknown"
# What the sums behind a claimed slope may be off by, relative to it.
_ROUNDING = 1e-12
# And a factor that is measured along elements, by finite differences.
_MEASURED = 1e-11


def name_cause(projections: tuple[Projection, ...], rounding: Collection[str] = ()) -> Cause:
    """The first hypothesis that every direction supports.

    Args:
        projections: The claim and the measured gradient, along random directions.
        rounding: The dtype whose rounding explains the difference from each exact witness that
            differs; empty for one that is explained by none.

    >>> name_cause((Projection(3.0, 1.0, 1e-12), Projection(-1.5, -0.5, 1e-12)))
    Cause(code='factor', evidence='the claimed gradient is 3 times the true one')
    """
    if rounding and all(rounding):
        return Cause(
            "low_precision",
            f"the backward computes in {max(rounding)}: it is off by no more than its rounding",
        )
    for hypothesis in HYPOTHESES:
        cause = hypothesis(projections) if projections else None
        if cause is not None:
            return cause
    return Cause(UNKNOWN, "")


def _zero(projections: tuple[Projection, ...]) -> Cause | None:
    if any(p.claimed != 0 for p in projections):
        return None
    return Cause("zero", "the claimed gradient is zero, the true one is not")


def _sign(projections: tuple[Projection, ...]) -> Cause | None:
    if not all(_is_multiple(p, -1.0) for p in projections):
        return None
    return Cause("sign", "the claimed gradient has the opposite sign")


def _factor(projections: tuple[Projection, ...]) -> Cause | None:
    # The direction with the largest slope tells the factor best; the others must confirm it.
    best = max(projections, key=lambda p: abs(p.measured))
    if len(projections) < 2 or abs(best.measured) <= best.bar:
        return None
    factor = best.claimed / best.measured
    if factor == 0 or not all(_is_multiple(p, factor) for p in projections):
        return None
    if all(_is_multiple(p, 1.0) for p in projections):  # then it is something else that is wrong
        return None
    return Cause("factor", f"the claimed gradient is {times(factor)} the true one")


def times(factor: float) -> str:
    """A factor in words, of which so many digits are shown that it is not one.

    >>> times(0.25), times(1.00000001), times(-0.999999999)
    ('0.25 times', '(1 + 1e-08) times', '(-1 + 1e-09) times')
    """
    shown = f"{factor:.6g}"
    rest = factor - float(shown)
    if shown not in ("1", "-1") or abs(rest) < _MEASURED:
        return f"{shown} times"
    return f"({shown} {'+' if rest > 0 else '-'} {abs(rest):.2g}) times"


def _is_multiple(projection: Projection, factor: float) -> bool:
    slack = (2 + 2 * abs(factor)) * projection.bar + _ROUNDING * abs(projection.claimed)
    return abs(projection.claimed - factor * projection.measured) <= slack


HYPOTHESES: tuple[Callable[[tuple[Projection, ...]], Cause | None], ...] = (_zero, _sign, _factor)

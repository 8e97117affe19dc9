"""A backward is a linear function of the cotangent, whatever the forward is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.norms import is_finite, largest
from gradcheck.subject import Claims, Outputs
from gradcheck.witnesses.dust import is_tiny

CAUSE = "nonlinear_cotangent"
# Powers of two, so that scaling rounds nothing: some 1e12 and 1e-12.
HUGE, TINY = 2.0**40, 2.0**-40
# Rounding that grows with grad_output leaves most digits, and is another at the next input; what
# clipping leaves is nothing, or the same.
MOST_LOST, UNSTEADY = 0.01, 0.1
# A clipped gradient, a threshold or a square is off by far more, at one of the multiples.
NEARLY = 1e-9
# What each of five factors may contribute to a product at the end of a dtype's range.
_EACH = 1 / 5

_SIGN = "is not that of grad_output with the opposite sign, where that has the opposite sign"
_EVEN = "does not change its sign with grad_output (an absolute value, a square?)"
_GROW = "does not grow with grad_output, times 1e12 (clipped?)"
_SHRINK = "does not shrink with grad_output, times 1e-12 (a threshold, an epsilon?)"
_ADD = "for a sum of two grad_outputs is not the sum of both"


@dataclass(frozen=True)
class _Question:
    """What a multiple of one cotangent, or of the sum of two, should give.

    Attributes:
        factor: Which multiple.
        summed: Whether of a sum.
        words: What is said where the gradient is not that multiple.
    """

    factor: float
    summed: bool
    words: str


# Two backwards ask all at once; only where one answers wrong are they asked one by one.
_AT_ONCE = (
    _Question(-HUGE, summed=False, words=_GROW),
    _Question(TINY, summed=True, words=_SHRINK),
)
_ONE_BY_ONE = (
    _Question(-1.0, summed=False, words=_SIGN),
    _Question(-HUGE, summed=False, words=_GROW),
    _Question(TINY, summed=False, words=_SHRINK),
    _Question(1.0, summed=True, words=_ADD),
    _Question(TINY, summed=True, words=_SHRINK),
)


def examine(trial: Trial) -> Answer:
    """Ask for zero, for the negative, for huge and tiny multiples, and for a sum."""
    if not trial.subject.free_cotangent:
        return Waived("the backward takes no cotangent")
    if positions := _not_zero(trial):
        return _broken(trial, positions, "is not zero for a grad_output of zeros")
    second = trial.probe.draws[-1]
    if not any(_wrong(trial, q, second.cotangents, second.claims) for q in _AT_ONCE):
        return Kept()
    return _one_by_one(trial)


def _not_zero(trial: Trial) -> tuple[int, ...]:
    """The leaves that are given a gradient of nothing."""
    claims = _claims(trial, tuple(torch.zeros_like(u) for u in trial.cotangents))
    return tuple(p for p in trial.gradients if _is_not_zero(claims[p]))


def _one_by_one(trial: Trial) -> Answer:
    others = trial.other_cotangents
    theirs = _claims(trial, others)
    for question in _ONE_BY_ONE:
        if abs(question.factor) != 1 and not _is_moderate(trial, question.factor):
            continue
        if positions := _wrong(trial, question, others, theirs):
            is_even = question.words == _SIGN and _is_even(trial, positions)
            return _broken(trial, positions, _EVEN if is_even else question.words)
    return Kept()


def _is_even(trial: Trial, positions: tuple[int, ...]) -> bool:
    """Whether these gradients are the same for the negative of grad_output."""
    claims = _claims(trial, tuple(-u for u in trial.cotangents))
    return not trial.differing(claims, trial.call.gradients, among=positions)


def _wrong(trial: Trial, question: _Question, others: Outputs, theirs: Claims) -> tuple[int, ...]:
    """The leaves whose gradients are not what linearity makes of two known ones.

    What overflows on the way is not: no clipping and no threshold does that.  Nor is what may be
    rounding alone, where no witness has found it right.
    """
    cotangents, expected = trial.cotangents, trial.call.gradients
    if question.summed:
        cotangents = tuple(u + v for u, v in zip(cotangents, others, strict=True))
    given = tuple(question.factor * u for u in cotangents)
    claims = _claims(trial, given)
    if question.summed:
        expected = tuple(_sum(a, b) for a, b in zip(expected, theirs, strict=True))
    asked = [p for p in trial.gradients if p in trial.verified or not _is_nothing(trial, p)]
    wrong = trial.differing(claims, expected, factor=question.factor, among=asked)
    wrong = tuple(
        p
        for p in wrong
        if not _overflows(claims[p]) and not _is_nearly(claims[p], expected[p], question.factor)
    )
    if not wrong or abs(question.factor) == 1:
        return wrong
    return tuple(p for p in wrong if not _is_rounding(trial, p, given, claims[p], question))


def _is_rounding(
    trial: Trial, position: int, given: Outputs, claim: object, question: _Question
) -> bool:
    """Whether a backward only loses digits: not many, and others at the next input.

    As that of a matrix exponential, which exponentiates grad_output along with the matrix.  The
    next input is as far away as digits are lost: it may be rounded to a grid as coarse as that.
    """
    plain = tuple(u / question.factor for u in given)
    here = _lost(claim, _claims(trial, plain)[position], question.factor)
    if here is None or not 0 < largest(here) <= MOST_LOST:
        return False
    nudged = tuple(value * (1 + largest(here)) for value in trial.values)
    far, near = (trial.run(nudged, u)[1][position] for u in (given, plain))
    there = _lost(far, near, question.factor)
    return there is not None and largest(here - there) > UNSTEADY * largest(here)


def _is_nothing(trial: Trial, position: int) -> bool:
    """Whether a gradient is zero, or so small that it may be rounding alone."""
    return not bool(trial.gradients[position].any()) or is_tiny(trial.probe, position)


def _is_nearly(claim: object, expected: object, factor: float) -> bool:
    """Whether it is that multiple but for the rounding of terms that cancel."""
    apart = _lost(claim, expected, factor)
    return apart is not None and largest(apart) <= NEARLY


def _lost(claim: object, expected: object, factor: float) -> Tensor | None:
    """How far a multiple is off, relative to the largest element."""
    if not (isinstance(claim, Tensor) and isinstance(expected, Tensor)):
        return None
    if claim.shape != expected.shape:
        return None
    expected = expected.double()
    return (claim.double() / factor - expected) / largest(expected)


def _sum(one: object, other: object) -> Tensor | None:
    return one + other if isinstance(one, Tensor) and isinstance(other, Tensor) else None


def _claims(trial: Trial, cotangents: Outputs) -> Claims:
    return trial.run(trial.values, cotangents)[1]


def _overflows(claim: object) -> bool:
    return isinstance(claim, Tensor) and not is_finite(claim)


def _is_not_zero(claim: object) -> bool:
    return not isinstance(claim, Tensor) or bool(claim.any())


def _is_moderate(trial: Trial, factor: float) -> bool:
    """Whether products of a few of the numbers, times this, stay in the range of their dtype."""
    limits = torch.finfo(trial.dtype)
    factor = max(abs(factor), 1 / abs(factor))
    largest, smallest = (limits.max / factor) ** _EACH, (limits.tiny * factor) ** _EACH
    return all(size == 0 or smallest < size < largest for size in _sizes(trial))


def _sizes(trial: Trial) -> Iterator[float]:
    """The largest elements of all that is known."""
    for tensor in (*trial.values, *trial.probe.outputs, *trial.cotangents, *trial.call.gradients):
        if isinstance(tensor, Tensor) and tensor.numel():
            size = largest(tensor)
            if math.isfinite(size):
                yield size


def _broken(trial: Trial, positions: tuple[int, ...], words: str) -> Broken:
    leaf = trial.name(positions[0]) if len(positions) == 1 else None
    return Broken(CAUSE, f"the gradient of {trial.names(positions)} {words}", leaf)

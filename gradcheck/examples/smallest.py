"""The smallest case in which something is refuted: simple ones in turn, then what Hypothesis finds.

Most mistakes show in one of a few dozen cases of one, two or three of everything, filled with ones
or with 1, 2, 3, ...  What does not is drawn and shrunk by Hypothesis, where that is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.cases.spec import Shape
from gradcheck.choice.doubled import in_double
from gradcheck.choice.variants import Base, Fill, Variant, bases_of
from gradcheck.choice.wishes import Wishes
from gradcheck.comparison import Opinion
from gradcheck.errors import ExerciseError
from gradcheck.examples.snippet import numbers_in
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.options import Options
from gradcheck.pipeline import check_cases
from gradcheck.records import Finding, Record
from gradcheck.targets.resolve import Target

# Shrinking is for the reader's comfort.  Seconds of the processor: an answer that hangs on what
# else runs beside it would not be the same the next time.
_SECONDS = 2.0
_DRAWN, _CALLS, _SHRINKS = 30, 60, 60
_SIZES = (1, 2, 3)
_ENOUGH = 3  # one may be what it seems to the cheapest witness alone, or at other weights
_QUICK = ("autograd", "numeric")

Judge = Callable[[Wishes, Options], Record]
"""Wishes → the record of the same target, as a call with these inputs makes it."""


@dataclass(frozen=True)
class Asked:
    """A target and how it is to be checked.

    Attributes:
        target: The target.
        cases: Its built-in cases.
        options: What was chosen.
        wishes: What the user said of the cases.
        judge: Checks it at other inputs.
    """

    target: Target
    cases: Sequence[Case]
    options: Options
    wishes: Wishes
    judge: Judge

    @property
    def bases(self) -> list[Base]:
        """What may be changed of its cases."""
        seeds = [seed_of(self.options.seed, number) for number in range(len(self.cases))]
        return bases_of(self.cases, seeds)

    def checked(self, case: Case, options: Options, *, explain: bool) -> Record:
        """One case by itself, with the weights that a call with its inputs would give it."""
        change = None if explain else _as_it_is
        return check_cases(self.target.name, [case], options, change=change)


def _as_it_is(subject: Any) -> Any:
    """Change nothing: what is changed is not explained, which would take most of the time."""
    return subject


def smallest(asked: Asked, finding: Finding) -> list[Variant]:
    """Cases with the same finding, the smallest first; none, where none was found in time."""
    is_same = _same(asked, finding)
    end = time.process_time() + _SECONDS
    with silenced(), preserved_globals(), in_double(asked.target.object, asked.cases):
        bases = sorted(asked.bases, key=lambda base: base.case.label != finding.case)
        failing = list(islice(_simple(bases, is_same, end), _ENOUGH))
        return failing or (_drawn(asked, bases, is_same, end) if bases else [])


def size_of(variant: Variant) -> tuple[int, int]:
    """How much there is to read of a case: numbers, then letters."""
    options = variant.spec.options if variant.spec else {}
    return numbers_in(variant.inputs), len(f"{variant.inputs}{options}")


def _same(asked: Asked, finding: Finding) -> Callable[[Variant], bool]:
    """Whether a case has the finding as well, as far as the cheapest witness of it can tell."""
    said = {word.witness for word in finding.comparisons if word.opinion == Opinion.DIFFERS}
    witnesses = next(((name,) for name in _QUICK if name in said), asked.options.witnesses)
    contracts = (finding.check,) if finding.is_contract else ()
    options = replace(asked.options, contracts=contracts, witnesses=witnesses, exhibits=False)

    def is_same(variant: Variant) -> bool:
        record = asked.checked(variant.case, options, explain=False)
        return any(
            (found.check, found.leaf) == (finding.check, finding.leaf)
            for found in record.refutations
        )

    return is_same


def _simple(
    bases: Sequence[Base], is_same: Callable[[Variant], bool], end: float
) -> Iterator[Variant]:
    """Those that have it of the simple cases, each in the fewest of everything."""

    def has_it(variant: Variant) -> bool:
        try:
            return time.process_time() < end and is_same(variant)
        except ExerciseError:
            return False

    for base in bases[:2]:
        alike = [dict.fromkeys(base.free, size) for size in _SIZES]
        # A stride of 2 is one no longer where all is 1, and never overlaps where all is alike.
        for sizes in (*alike, {free: free for free in base.free}):
            for fill in _FILLS:
                variant = base.variant(sizes, fill)
                if has_it(variant):
                    yield _fewest(base, sizes, fill, has_it)


def _fewest(
    base: Base, sizes: Mapping[int, int], fill: Fill, has_it: Callable[[Variant], bool]
) -> Variant:
    """The same with one size after the other as small as can be, the largest first."""
    least, variant = dict(sizes), base.variant(sizes, fill)
    largest_first = sorted(sizes, key=lambda one: -sizes[one])
    for free in (*largest_first, *largest_first):  # an image shrinks once its kernel has
        for size in range(1, least[free]):
            fewer = base.variant({**least, free: size}, fill)
            if has_it(fewer):
                least[free], variant = size, fewer
                break
    return variant


def _drawn(
    asked: Asked, bases: Sequence[Base], is_same: Callable[[Variant], bool], end: float
) -> list[Variant]:
    try:
        from gradcheck.strategies.search import Budget, search  # noqa: PLC0415 it may be missing
    except ImportError:
        return []
    budget = Budget(_DRAWN, _CALLS, _SHRINKS, max(0.0, end - time.process_time()))
    found = search(bases, is_same, budget, seed=asked.options.seed, hard=False)
    return sorted(found.failing, key=size_of)


def _counting(shape: Shape) -> Tensor:
    return torch.arange(1.0, 1.0 + torch.Size(shape).numel(), dtype=torch.float64).reshape(shape)


def _alternating(shape: Shape) -> Tensor:
    counted = _counting(shape)
    return torch.where(counted % 2 == 0, counted, -counted)


def _inside(domain: str, values: Tensor, number: int) -> Tensor:
    """Moved by the number of the input, so that no two are equal, into the domain."""
    moved = values + number
    if domain == "unit":
        return moved.abs().clamp(min=0.5) / (2 * moved.abs().max().clamp(min=1))
    return moved.abs() + 0.5 if domain == "positive" else moved


_FILLS: tuple[Fill, ...] = (
    lambda shape, domain, number: _inside(domain, torch.ones_like(_counting(shape)), number),
    lambda shape, domain, number: _inside(domain, -torch.ones_like(_counting(shape)), -number),
    lambda shape, domain, number: _inside(domain, _counting(shape), number),
    lambda shape, domain, number: _inside(domain, _alternating(shape), number),
    lambda shape, domain, number: _inside(domain, torch.zeros_like(_counting(shape)), number),
)

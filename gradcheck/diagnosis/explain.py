"""The second look: every refuted gradient gets its causes, once all cases are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from gradcheck.cases.point import direction, generator
from gradcheck.cases.probe import Probe, take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.diagnosis.across import Explained, settle
from gradcheck.diagnosis.bisection import place_of
from gradcheck.diagnosis.causes import is_visible
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.findings import with_causes
from gradcheck.diagnosis.lines import statements_of
from gradcheck.diagnosis.projected import UNKNOWN
from gradcheck.diagnosis.suspect import Suspect
from gradcheck.diagnosis.truth import STEP, ByAutograd, ByDifferences, TooExpensive, Truth
from gradcheck.errors import ExerciseError
from gradcheck.records import Cause, Finding, Verdict
from gradcheck.subject import flat

# These follow from how the witnesses differ; nothing is known better by looking longer.
SETTLED = ("kink", "low_precision")
MOST_TOLD = 3
_AGREES = 1e-6


@dataclass(frozen=True)
class Examined:
    """A finding on a gradient, and the probe that it was made on."""

    finding: Finding
    probe: Probe
    position: int


def explained(examined: Sequence[Examined]) -> dict[int, Finding]:
    """Number of an examined gradient → its finding with causes and lines, if it is refuted."""
    answers = {n: e.finding for n, e in enumerate(examined) if _is_refuted(e.finding)}
    for leaf in dict.fromkeys(finding.leaf for finding in answers.values()):
        ours = {n: e for n, e in enumerate(examined) if e.finding.leaf == leaf}
        wrong = {n: e for n, e in ours.items() if _asks_for_causes(e.finding)}
        if wrong:
            right = [e for e in ours.values() if e.finding.verdict == Verdict.VERIFIED]
            answers |= _of_leaf(wrong, right)
    return {n: _with_statements(found, examined[n]) for n, found in answers.items()}


def _with_statements(finding: Finding, examined: Examined) -> Finding:
    statements = statements_of(examined.probe.subject, examined.position)
    return replace(finding, statements=statements)


def _is_refuted(finding: Finding) -> bool:
    return finding.verdict == Verdict.REFUTED


def _asks_for_causes(finding: Finding) -> bool:
    """Not of a forward that computes in less than float64: its own truth is as coarse."""
    coarse = any(comparison.precision for comparison in finding.comparisons)
    return _is_refuted(finding) and finding.cause not in SETTLED and not coarse


def _of_leaf(wrong: Mapping[int, Examined], right: Sequence[Examined]) -> dict[int, Finding]:
    """The findings of one leaf; a case on kinks follows the others, where there are any."""
    regular = {n: e for n, e in wrong.items() if not _is_on_kink(e.finding)} or wrong
    suspects = {n: s for n, e in regular.items() if (s := _suspect(e)) is not None}
    if suspects and all(_is_dear(s) for s in suspects.values()):
        return _located(wrong)
    seen = {n: Explained.of(s) for n, s in suspects.items()}
    if not seen:
        return {}
    others = [s for e in right if not _is_on_kink(e.finding) and (s := _suspect(e)) is not None]
    cases = list(seen.values())
    more = _another_case(cases[0]) if len(cases) + len(others) == 1 else None
    settled = settle([*cases, more] if more else cases, others)
    told = {n: _told(causes) for n, causes in zip(seen, settled, strict=False) if causes}
    if not told:
        return {}
    first = next(iter(told.values()))
    return {n: with_causes(e.finding, told.get(n, first)) for n, e in wrong.items()}


def _is_dear(suspect: Suspect) -> bool:
    """Whether its whole gradient costs more forwards than a diagnosis may."""
    try:
        return not suspect.samples
    except TooExpensive:
        return True


def _located(wrong: Mapping[int, Examined]) -> dict[int, Finding]:
    """The findings of a leaf of which only projections are known."""
    answers = {}
    for n, examined in wrong.items():
        if examined.finding.cause != UNKNOWN:
            continue
        cause, _ = place_of(examined.probe, examined.position)
        if cause is not None:
            answers[n] = with_causes(examined.finding, (cause,))
    return answers


def _told(causes: Sequence[Explanation]) -> tuple[Cause, ...]:
    return tuple(Cause(e.code, e.evidence) for e in causes[:MOST_TOLD])


def _is_on_kink(finding: Finding) -> bool:
    return any(c.at_kink for c in finding.comparisons)


def _suspect(examined: Examined) -> Suspect | None:
    finding, probe = examined.finding, examined.probe
    said = {c.witness: c for c in finding.comparisons}
    truth = _truth(probe, examined.position, said)
    if truth is None:
        return None
    refuted = finding.verdict == Verdict.REFUTED
    return Suspect(
        probe, examined.position, truth, finding.case, finding.error or 0.0, refuted=refuted
    )


def _truth(probe: Probe, position: int, said: Mapping[str, Comparison]) -> Truth | None:
    """Whom to ask for a whole gradient; nobody on a kink that autograd cannot see."""
    asked = said.get("autograd")
    on_kink = any(c.at_kink for c in said.values())
    if asked is not None and asked.opinion in (Opinion.DIFFERS, Opinion.AGREES):
        truth = ByAutograd(probe.subject)
        if on_kink or _confirmed(truth, probe, position):
            return truth
    return None if on_kink else ByDifferences(probe.subject)


def _confirmed(truth: Truth, probe: Probe, position: int) -> bool:
    """Whether finite differences along one direction find autograd right: it sees no detach."""
    value, u = probe.values[position], probe.draws[0].cotangents
    v = direction(value, generator(probe.seed, position))

    def output(t: float) -> float:
        moved = (*probe.values[:position], value + t * v, *probe.values[position + 1 :])
        with torch.no_grad():
            y = flat(probe.subject.forward(moved)).double()
        return float(torch.dot(flat(u).double(), y))

    try:
        gradient = truth(probe.values, u, position)
    except TooExpensive:
        return False
    slope = (output(STEP) - output(-STEP)) / (2 * STEP)
    size = float((gradient * v).abs().sum()) + abs(slope)
    return abs(float((gradient * v).sum()) - slope) <= _AGREES * size + 1e-9 * abs(output(0.0))


def _another_case(case: Explained) -> Explained | None:
    """The same target at one sample less, where a number has several names."""
    names = [e for e in case.found if e.code == "factor"]
    suspect = case.suspect
    subject, cut = suspect.subject, _one_less(suspect)
    if len(names) < 2 or cut is None or subject.again is None:
        return None
    try:
        again = subject.again(cut, suspect.value.dtype)
        probe = take(again, tuple(draw.seed for draw in suspect.probe.draws))
    except (ExerciseError, RuntimeError):
        return None
    truth = type(suspect.truth)(again)  # type: ignore[call-arg] # both are made of a subject
    other = Suspect(probe, suspect.position, truth, suspect.case)
    return Explained.of(other) if is_visible(other) else None


def _one_less(suspect: Suspect) -> tuple[object, ...] | None:
    """The inputs without their last sample, if they have one in common and two remain."""
    inputs = suspect.subject.inputs
    shaped = [x for x in inputs if getattr(x, "ndim", 0) >= 1]
    if not shaped or len({len(x) for x in shaped}) > 1 or len(shaped[0]) < 3:
        return None
    return tuple(x[:-1] if getattr(x, "ndim", 0) >= 1 else x for x in inputs)

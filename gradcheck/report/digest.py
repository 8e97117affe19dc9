"""A record in the order in which it is read: what is wrong, who says so, what else was looked at.

The findings of a record are as many as its cases times its leaves and contracts.  A reader wants
each mistake once, each leaf once, each contract once.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gradcheck.comparison import Comparison, Opinion
from gradcheck.exhibits import Excerpt
from gradcheck.records import CONTRACTS, ROUNDING, Cause, Finding, Record, Source, Verdict

WITNESSES = ("numeric", "autograd", "reference")


@dataclass(frozen=True)
class Complaint:
    """One mistake, or one doubt, with the cases in which it shows.

    Attributes:
        subject: The leaf or the contract.
        finding: The first of its findings.
        more: How many others say the same.
        right_in: Where the same leaf of what is refuted is right, in words; empty if nowhere.
        evidence: Witness → what it says, in words.
        also: The causes that the numbers support beside the one that is named.
        excerpt: The lines to look at, if they are known.
        marked: The numbers of those that are meant.
    """

    subject: str
    finding: Finding
    more: int
    right_in: str
    evidence: tuple[tuple[str, str], ...]
    also: tuple[Cause, ...]
    excerpt: Excerpt | None
    marked: tuple[int, ...]


@dataclass(frozen=True)
class Word:
    """What one witness says of one leaf over all cases: ``agrees``, ``differs``, and how far."""

    opinion: str
    text: str


@dataclass(frozen=True)
class LeafRow:
    """One leaf with the words of all witnesses side by side."""

    leaf: str
    verdict: Verdict
    words: tuple[Word, ...]
    resolution: float | None


@dataclass(frozen=True)
class ContractRow:
    """One contract: kept, broken, undecided or not examined, and what there is to say of it."""

    name: str
    state: str
    remark: str


def complaints(record: Record) -> list[Complaint]:
    """Every mistake and every doubt once, the refuted first."""
    told: dict[tuple[str | None, ...], list[Finding]] = {}
    for finding in record.findings:
        if finding.verdict != Verdict.VERIFIED:
            contract = finding.check if finding.is_contract else None
            key = (contract, finding.leaf, finding.cause, finding.verdict)
            told.setdefault(key, []).append(finding)
    groups = sorted(told.values(), key=lambda group: group[0].verdict != Verdict.REFUTED)
    return [_complaint(group, record) for group in groups]


def leaf_rows(record: Record) -> list[LeafRow]:
    """Each leaf once, with the worst that each witness says of it in any case."""
    grouped: dict[str, list[Finding]] = {}
    for finding in record.findings:
        if finding.leaf and finding.comparisons and finding.check != ROUNDING:
            grouped.setdefault(finding.leaf, []).append(finding)
    return [_leaf_row(leaf, findings) for leaf, findings in grouped.items()]


def contract_rows(record: Record) -> list[ContractRow]:
    """Every contract that there is; what nobody examined is said to be so."""
    further = [finding.check for finding in record.findings if finding.is_contract]
    return [_contract_row(name, record) for name in dict.fromkeys((*CONTRACTS, *further))]


def cases(record: Record) -> list[str]:
    """What was tried, in the order in which it was."""
    return list(dict.fromkeys(finding.case for finding in record.findings if finding.case))


def not_verified(record: Record) -> list[tuple[str, str]]:
    """What nothing checked, contracts apart, with the reason."""
    return [(name, why) for name, why in record.unverified.items() if name not in CONTRACTS]


def remarks(record: Record) -> list[str]:
    """What is to be known of what is right: a convention on a kink, the error of a rounding."""
    told = [
        finding.message
        for finding in record.findings
        if finding.verdict == Verdict.VERIFIED and finding.message and not finding.is_contract
    ]
    return list(dict.fromkeys((*record.notes, *told)))


def command(record: Record) -> str:
    """The command line that checks this target again, with the same draws."""
    return f"python -m gradcheck {shlex.quote(record.target)} --seed {record.seed}"


def python_call(record: Record) -> str:
    """The same as a line of Python."""
    return f"gradcheck.check({record.target!r}, seed={record.seed}).raise_unless_verified()"


def evidence(comparison: Comparison) -> str:
    """What a witness says, in words and numbers."""
    if comparison.opinion == Opinion.ABSENT:
        return f"not asked: {comparison.note}"
    if comparison.kink and comparison.opinion == Opinion.DIFFERS:
        place = str(comparison.kink).strip()
        return f"{comparison.opinion}: {'element' if comparison.kink.element else 'it'} {place}"
    if comparison.projections:
        worst = max(comparison.projections, key=lambda p: abs(p.claimed - p.measured))
        return (
            f"{comparison.opinion}: along a random direction the backward claims "
            f"{worst.claimed:.10g}, finite differences measure {worst.measured:.10g} "
            f"± {worst.bar:.1e}"
        )
    told = word([comparison]).text
    if comparison.opinion == Opinion.DIFFERS and comparison.error:
        told += ", relative to the largest element"
    return told + (f": {comparison.note}" if comparison.note else "")


def word(said: Sequence[Comparison]) -> Word:
    """The worst of what one witness says of one leaf in several cases."""
    for opinion in (Opinion.DIFFERS, Opinion.COARSE):
        errors = [c.error or 0.0 for c in said if c.opinion == opinion]
        if errors:
            amount = f" by {max(errors):.1e}" if max(errors) else ""
            return Word(str(opinion), f"{opinion}{amount}")
    errors = [c.error for c in said if c.opinion == Opinion.AGREES and c.error is not None]
    if not errors:
        return Word(str(Opinion.ABSENT), "not asked")
    return Word("agrees", f"agrees to {max(errors):.0e}" if max(errors) else "agrees exactly")


def _complaint(group: Sequence[Finding], record: Record) -> Complaint:
    first = group[0]
    subject = first.check if first.is_contract else first.leaf
    said = first.comparisons if first.check != ROUNDING else ()
    return Complaint(
        subject=subject or record.target,
        finding=first,
        more=len(group) - 1,
        right_in=_right_in(first, record),
        evidence=tuple((comparison.witness, evidence(comparison)) for comparison in said),
        also=tuple(cause for cause in first.causes if cause.code != first.cause),
        excerpt=_excerpt(first.places, record.excerpts),
        marked=tuple(place.line for place in first.places),
    )


def _right_in(wrong: Finding, record: Record) -> str:
    """The first of the cases that do not show it, and how many more there are."""
    if wrong.verdict != Verdict.REFUTED or wrong.leaf is None:
        return ""
    same = [f for f in record.findings if (f.check, f.leaf) == (wrong.check, wrong.leaf)]
    amiss = {finding.case for finding in same if finding.verdict != Verdict.VERIFIED}
    right = [case for case in dict.fromkeys(f.case for f in same) if case not in amiss]
    more = f" (and {len(right) - 1} more)" if len(right) > 1 else ""
    return f"{right[0]}{more}" if right else ""


def _excerpt(places: Sequence[Source], excerpts: Iterable[Excerpt]) -> Excerpt | None:
    for excerpt in excerpts if places else ():
        lines = range(excerpt.first, excerpt.first + len(excerpt.lines))
        if excerpt.file == places[0].file and min(one.line for one in places) in lines:
            return excerpt
    return None


def _settled(said: Word, verdict: Verdict) -> Word:
    """Of a gradient that is right, a witness can differ only where several are."""
    if verdict != Verdict.VERIFIED or said.opinion != str(Opinion.DIFFERS):
        return said
    return Word("agrees", "another side of a kink")


def _leaf_row(leaf: str, findings: Sequence[Finding]) -> LeafRow:
    verdicts = {finding.verdict for finding in findings}
    worst = next(v for v in (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.VERIFIED) if v in verdicts)
    words = tuple(
        _settled(
            word([c for finding in findings for c in finding.comparisons if c.witness == witness]),
            worst,
        )
        for witness in WITNESSES
    )
    known = [finding.resolution for finding in findings if finding.resolution is not None]
    return LeafRow(leaf, worst, words, max(known, default=None))


def _contract_row(name: str, record: Record) -> ContractRow:
    found = [finding for finding in record.findings if finding.check == name]
    if not found:
        return ContractRow(name, "not examined", record.unverified.get(name, ""))
    verdicts = {finding.verdict for finding in found}
    state = "broken" if Verdict.REFUTED in verdicts else "kept"
    if state == "kept" and Verdict.UNDECIDED in verdicts:
        state = "undecided"
    told = [finding.message for finding in found if finding.message]
    return ContractRow(name, state, "; ".join(dict.fromkeys(told)))

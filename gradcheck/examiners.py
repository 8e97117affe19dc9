"""The examiners of one probe, each after its own question, all of one form.

    examine(question, positions, outcome) → positions

Each is given the leaves that are right as far as the one before it could tell, puts down what it
finds, and gives back those that are right as far as it can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gradcheck import contracts
from gradcheck.adapters.function import has_jvp, has_vmap
from gradcheck.adapters.graph import AUTOGRADS_OWN
from gradcheck.cases.probe import Probe, take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.contracts.answer import Waived, finding_of
from gradcheck.contracts.shape import aligned
from gradcheck.diagnosis.culprit import rule
from gradcheck.diagnosis.explain import Examined
from gradcheck.diagnosis.findings import (
    broken_claim,
    gradient_finding,
    rounding_finding,
    without_slope,
)
from gradcheck.diagnosis.forward import forward_finding
from gradcheck.diagnosis.withheld import (
    STILL,
    is_missed,
    is_still,
    is_withheld,
    missing_claim,
    why_none,
    withheld_claim,
)
from gradcheck.errors import ExerciseError, one_line
from gradcheck.modes.second_order import doubled
from gradcheck.options import Options
from gradcheck.outcome import Outcome
from gradcheck.records import (
    CONTRACTS,
    FORWARD_MODE,
    FROZEN,
    ROUNDING,
    SECOND_ORDER,
    SYMMETRY,
    UNUSED,
    VMAP,
    Finding,
    Verdict,
)
from gradcheck.witnesses import autograd, precision, reference
from gradcheck.witnesses.counterpart import AUTO
from gradcheck.witnesses.exact import absent
from gradcheck.witnesses.numeric import witness as numeric
from gradcheck.witnesses.numeric.steep import has_slope
from gradcheck.witnesses.reference import Reference
from gradcheck.witnesses.staircase import overruled

Positions = tuple[int, ...]
Words = dict[int, dict[str, Comparison]]
"""Leaf position → witness → what it says."""


@dataclass(frozen=True)
class Question:
    """What every examiner is asked about.

    Attributes:
        probe: The subject at a point, with the claims exactly as they were made.
        case: The case, for the reader.
        options: What the user chose.
    """

    probe: Probe
    case: str
    options: Options

    @cached_property
    def shaped(self) -> Probe:
        """The same, each claim in the shape of its leaf where it has as many elements."""
        return aligned(self.probe)


def form(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Whether each claim can be a gradient at all."""
    probe, claims = question.probe, question.shaped.draws[0].claims
    subject = probe.subject
    sound: list[int] = []
    for position in positions:
        leaf, claim = subject.leaves[position], claims[position]
        if claim is None and (leaf.unclaimed or leaf.optional):
            outcome.unverified.setdefault(leaf.name, why_none(leaf))
            if is_missed(probe, position):
                outcome.findings.append(missing_claim(subject, leaf, case=question.case))
            continue
        broken = broken_claim(question.shaped, position, case=question.case)
        if broken is None:
            sound.append(position)
        elif is_still(probe, position):
            outcome.unverified.setdefault(leaf.name, STILL)
        elif claim is None and is_withheld(subject, claims):
            outcome.findings.append(withheld_claim(subject, leaf, case=question.case))
        elif broken.cause == "nonfinite" and not has_slope(question.shaped, position):
            torchs = autograd.gradient_of_leaf(probe, probe.draws[0].cotangents, position)
            outcome.findings.append(without_slope(broken, torchs))
        else:
            outcome.findings.append(broken)
    return tuple(sound)


def numbers(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Whether the witnesses find each gradient right, and the forward that of torch."""
    options, subject = question.options, question.probe.subject
    words, torch_says = _heard(question, positions)
    outcome.notes.extend(_precision_notes(words.values()))
    same = torch_says.forward.opinion == Opinion.AGREES
    findings = {
        position: gradient_finding(
            subject.leaves[position].name,
            comparisons,
            same_forward=same,
            aim=options.aim,
            case=question.case,
            source=subject.source,
        )
        for position, comparisons in words.items()
    }
    outcome.findings.extend(findings.values())
    outcome.examined.extend(
        Examined(found, question.shaped, position) for position, found in findings.items()
    )
    # Also what is right and less sharply known than the user asked.
    rulings = {p: rule(said, same_forward=same) for p, said in words.items()}
    right = tuple(p for p, ruling in rulings.items() if ruling.verdict == Verdict.VERIFIED)
    forward = forward_finding(
        torch_says,
        question.probe,
        named=options.reference != AUTO,
        consistent=len(right) == len(findings),
        case=question.case,
    )
    if isinstance(forward, Finding):
        outcome.findings.append(forward)
    else:
        outcome.unverified.setdefault("forward", forward)
    return right


def rounding(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Whether right formulas round as little as torch, in the dtype of the inputs or wishes."""
    subject, options = question.probe.subject, question.options
    dtype = options.dtype or precision.dtype_of(subject.inputs)
    if dtype not in precision.DTYPES or not positions:
        return positions
    counterpart = options.reference if options.asks_reference else None
    try:
        found = precision.examine(question.probe, positions, dtype, counterpart)
    except Exception as error:  # noqa: BLE001 somebody's code in a dtype it was not written for
        why = str(error) if isinstance(error, ExerciseError) else one_line(error)
        outcome.unverified.setdefault(ROUNDING, f"in {dtype}: {why}")
        return positions
    for position, comparison in found.items():
        if comparison.opinion == Opinion.ABSENT:
            outcome.unverified.setdefault(ROUNDING, comparison.note)
            continue
        leaf = subject.leaves[position].name
        outcome.findings.append(
            rounding_finding(leaf, comparison, case=question.case, source=subject.source)
        )
    return positions


def promises(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Whether all is kept that a backward owes beside the numbers."""
    subject = question.probe.subject
    names = [*CONTRACTS]
    if has_jvp(subject.instance):
        names.append(FORWARD_MODE)
    if has_vmap(subject.instance):
        names.append(VMAP)
    if subject.graph is not None and subject.opaque != AUTOGRADS_OWN:
        names += [FROZEN] if len(subject.leaves) > 1 else []
        names += [UNUSED] if len(question.probe.outputs) > 1 else []
    return _promised(question, names, positions, outcome)


def _promised(
    question: Question, names: Sequence[str], positions: Positions, outcome: Outcome
) -> Positions:
    probe, asked = question.probe, [name for name in names if question.options.asks(name)]
    for name, answer in contracts.examine(probe, asked, positions).items():
        if isinstance(answer, Waived):
            outcome.waived.setdefault(name, answer.reason)
            outcome.unverified.update(answer.overlooked)
        else:
            found = finding_of(name, answer, probe.subject, case=question.case)
            outcome.promises.append(found)
    return positions


def twice(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Whether the derivative of the backward is right as well, where that is asked.

    Torch's double backward is a gradient as any other; where there is none, what remains is that
    the derivative of a gradient is symmetric.
    """
    if question.options.order == 1 or not positions:
        return positions
    try:
        probe = take(doubled(question.probe), tuple(draw.seed for draw in question.probe.draws))
    except ExerciseError as error:
        outcome.unverified.setdefault(SECOND_ORDER, str(error))
        return _promised(question, (SYMMETRY,), positions, outcome)
    options = replace(question.options, reference="none")
    again = Question(probe, f"{question.case}; {SECOND_ORDER}", options)
    numbers(again, form(again, tuple(range(len(probe.subject.leaves))), outcome), outcome)
    return positions


def _heard(question: Question, positions: Positions) -> tuple[Words, Reference]:
    """What the witnesses say, one after the other."""
    probe, options = question.shaped, question.options
    heard: dict[str, Mapping[int, Comparison]] = {}
    if numeric.NAME in options.witnesses:
        heard[numeric.NAME] = numeric.examine(probe, positions, options.aim)
    if autograd.NAME in options.witnesses:
        heard[autograd.NAME] = autograd.examine(probe, positions)
    torch_says = Reference(absent(reference.NAME, "torch's counterpart was not asked"), {})
    if options.asks_reference:
        torch_says = reference.examine(probe, positions, options.reference)
    heard[reference.NAME] = torch_says.leaves
    words = {
        position: overruled(
            {name: said[position] for name, said in heard.items() if position in said}
        )
        for position in positions
    }
    return words, torch_says


def _precision_notes(words: Iterable[Mapping[str, Comparison]]) -> list[str]:
    """What a reader must know of a forward that computes in less than float64."""
    inside = {c.precision for said in words for c in said.values() if c.precision}
    return [f"the forward computes in {name} inside: no check sees further" for name in inside]

"""One check from beginning to end: the only file that knows the order.

case → subject → probe → what each witness says → the ruling → the cause → contracts → findings
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from gradcheck import contracts
from gradcheck.adapters import adapt
from gradcheck.branches import BackwardLines
from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.cases.probe import Probe, take
from gradcheck.contracts.answer import Waived, finding_of
from gradcheck.contracts.shape import aligned
from gradcheck.diagnosis.findings import broken_claim, gradient_finding, rounding_finding
from gradcheck.diagnosis.forward import forward_finding
from gradcheck.errors import BackwardError, CommandError, ExerciseError, one_line
from gradcheck.isolation import preserved_globals
from gradcheck.options import Options
from gradcheck.records import (
    BACKWARD_LINES,
    CONTRACTS,
    ROUNDING,
    Comparison,
    Finding,
    Opinion,
    Record,
    Source,
    Verdict,
)
from gradcheck.witnesses import autograd, precision, reference
from gradcheck.witnesses.counterpart import AUTO
from gradcheck.witnesses.exact import absent
from gradcheck.witnesses.numeric import witness as numeric
from gradcheck.witnesses.reference import Reference
from gradcheck.witnesses.staircase import overruled

DRAWS = 2
SWITCHED_OFF = "switched off"
UNEXPECTED = "gradcheck itself failed (please report it)"


@dataclass
class _Outcome:
    """What has been found so far, over the cases."""

    findings: list[Finding] = field(default_factory=list)
    unverified: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    promises: list[Finding] = field(default_factory=list)
    waived: dict[str, str] = field(default_factory=dict)
    lines: BackwardLines | None = None
    source: Source | None = None


def check_cases(name: str, cases: Iterable[Case], options: Options) -> Record:
    """Check every case of a target, and gather what was found.

    Raises:
        ExerciseError: If no case could be built and called; where some can, those that cannot
            are listed as unverified.
    """
    started = time.perf_counter()
    outcome = _Outcome()
    failures: list[ExerciseError] = []
    for number, case in enumerate(cases):
        try:
            with preserved_globals():
                _check_case(case, options, seed_of(options.seed, number), outcome)
        except BackwardError as error:
            failures.append(error)
            outcome.findings.append(_crash(case, error))
        except ExerciseError as error:
            failures.append(error)
            outcome.unverified[f"case {case.label}"] = str(error)
        except CommandError:
            raise
        except Exception as error:  # noqa: BLE001 what somebody's code raises is caught elsewhere
            failures.append(ExerciseError(f"{UNEXPECTED} on {name}: {one_line(error)}"))
            failures[-1].__cause__ = error
            outcome.unverified[f"case {case.label}"] = str(failures[-1])
    if failures and not any(finding.leaf for finding in outcome.findings):
        raise failures[0]
    asked = {finding.check for finding in outcome.promises}
    for contract in CONTRACTS:
        if contract not in asked:
            why = "no case came that far" if contract in options.contracts else SWITCHED_OFF
            outcome.unverified[contract] = outcome.waived.get(contract, why)
    never = outcome.lines.never_ran() if outcome.lines else ""
    if never and outcome.source:
        file = Path(outcome.source.file).name
        outcome.unverified[BACKWARD_LINES] = f"{file}:{never} never ran in any case"
    return Record(
        target=name,
        findings=(*outcome.findings, *outcome.promises),
        unverified=outcome.unverified,
        notes=tuple(dict.fromkeys(outcome.notes)),
        seed=options.seed,
        seconds=time.perf_counter() - started,
    )


def _check_case(case: Case, options: Options, seed: int, outcome: _Outcome) -> None:
    instance, inputs = case.make(seed)
    subject = adapt(instance, inputs, case.options)
    seeds = tuple(seed_of(seed, draw) for draw in range(DRAWS))
    with _watched_lines(case, instance, outcome):
        probe = take(subject, seeds, move_weights=not case.is_users)
    shaped = aligned(probe)
    outcome.source = subject.source
    outcome.notes.extend((*subject.notes, *probe.notes))
    if "coverage" not in options.contracts:
        outcome.unverified.update(subject.uncovered)
    sound: list[int] = []
    for position, leaf in enumerate(subject.leaves):
        claim = shaped.draws[0].claims[position]
        if claim is None and (leaf.unclaimed or leaf.optional):
            why = leaf.unclaimed or "the backward returns None for it"
            outcome.unverified.setdefault(leaf.name, why)
            continue
        broken = broken_claim(leaf.name, claim, leaf.value, case=case.label, source=subject.source)
        if broken is None:
            sound.append(position)
        else:
            outcome.findings.append(broken)
    right = _ask_witnesses(shaped, tuple(sound), case.label, options, outcome)
    _ask_rounding(probe, right, case.label, options, outcome)
    _ask_contracts(probe, right, case.label, options, outcome)


def _watched_lines(case: Case, instance: object, outcome: _Outcome) -> AbstractContextManager[None]:
    """Note which lines of the backward run, in the cases of a class."""
    backward = getattr(type(instance), "backward", None)
    if case.is_users or backward is None:
        return nullcontext()
    if outcome.lines is None:
        outcome.lines = BackwardLines(backward)
    return outcome.lines.watched()


def _ask_witnesses(
    probe: Probe, positions: tuple[int, ...], label: str, options: Options, outcome: _Outcome
) -> tuple[int, ...]:
    """Return the leaves whose gradients are verified."""
    words: dict[int, dict[str, Comparison]] = {position: {} for position in positions}
    if numeric.NAME in options.witnesses:
        _hear(words, numeric.NAME, numeric.examine(probe, positions, options.aim))
    if autograd.NAME in options.witnesses:
        _hear(words, autograd.NAME, autograd.examine(probe, positions))
    torch_says = _ask_reference(probe, positions, options)
    _hear(words, reference.NAME, torch_says.leaves)
    words = {position: overruled(said) for position, said in words.items()}
    outcome.notes.extend(_precision_notes(words.values()))
    same_forward = torch_says.forward.opinion == Opinion.AGREES
    findings = [
        gradient_finding(
            probe.subject.leaves[position].name,
            comparisons,
            same_forward=same_forward,
            aim=options.aim,
            case=label,
            source=probe.subject.source,
        )
        for position, comparisons in words.items()
    ]
    outcome.findings.extend(findings)
    forward = forward_finding(
        torch_says,
        probe.subject,
        named=options.reference != AUTO,
        consistent=all(finding.verdict == Verdict.VERIFIED for finding in findings),
        case=label,
    )
    if isinstance(forward, str):
        outcome.unverified.setdefault("forward", forward)
    else:
        outcome.findings.append(forward)
    judged = zip(positions, findings, strict=True)
    return tuple(position for position, one in judged if one.verdict == Verdict.VERIFIED)


def _ask_rounding(
    probe: Probe, positions: tuple[int, ...], label: str, options: Options, outcome: _Outcome
) -> None:
    """Judge the rounding of right formulas, in the dtype of the user's inputs or wishes."""
    subject = probe.subject
    dtype = options.dtype or precision.dtype_of(subject.inputs)
    if dtype not in precision.DTYPES or not positions:
        return
    counterpart = options.reference if options.asks_reference else None
    try:
        found = precision.examine(probe, positions, dtype, counterpart)
    except Exception as error:  # noqa: BLE001 somebody's code in a dtype it was not written for
        why = str(error) if isinstance(error, ExerciseError) else one_line(error)
        outcome.unverified.setdefault(ROUNDING, f"in {dtype}: {why}")
        return
    for position, comparison in found.items():
        if comparison.opinion == Opinion.ABSENT:
            outcome.unverified.setdefault(ROUNDING, comparison.note)
            continue
        leaf = subject.leaves[position].name
        outcome.findings.append(
            rounding_finding(leaf, comparison, case=label, source=subject.source)
        )


def _ask_contracts(
    probe: Probe, right: tuple[int, ...], label: str, options: Options, outcome: _Outcome
) -> None:
    """Beside the numbers: some contracts take those that are verified as given."""
    for name, answer in contracts.examine(probe, options.contracts, right).items():
        if isinstance(answer, Waived):
            outcome.waived.setdefault(name, answer.reason)
            outcome.unverified.update(answer.overlooked)
        else:
            outcome.promises.append(finding_of(name, answer, probe.subject, case=label))


def _precision_notes(words: Iterable[Mapping[str, Comparison]]) -> list[str]:
    """What a reader must know of a forward that computes in less than float64."""
    inside = {c.precision for said in words for c in said.values() if c.precision}
    return [f"the forward computes in {name} inside: no check sees further" for name in inside]


def _ask_reference(probe: Probe, positions: tuple[int, ...], options: Options) -> Reference:
    if options.asks_reference:
        return reference.examine(probe, positions, options.reference)
    return Reference(absent(reference.NAME, "torch's counterpart was not asked"), {})


def _hear(
    words: dict[int, dict[str, Comparison]], witness: str, said: Mapping[int, Comparison]
) -> None:
    for position, comparison in said.items():
        words[position][witness] = comparison


def _crash(case: Case, error: BackwardError) -> Finding:
    return Finding("gradient", None, Verdict.UNDECIDED, message=str(error), case=case.label)

"""What has been found of a target so far, over its cases."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from gradcheck.cases.case import Case
from gradcheck.cases.probe import Probe
from gradcheck.diagnosis.explain import Examined, explained
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.exhibits import Excerpt, Exhibit
from gradcheck.foreign.branches import BackwardLines
from gradcheck.options import Options
from gradcheck.records import BACKWARD_LINES, CONTRACTS, Finding, Record, Source, Verdict

SWITCHED_OFF = "switched off"
NEVER_ASKED = "no case came that far"


@dataclass
class Outcome:
    """Findings gathered one by one, and closed into a record.

    Attributes:
        options: What was asked for.
        findings: Of gradients, forwards and rounding.
        promises: Of contracts: they stand behind all others.
        unverified: Leaf, case or else → why nothing checked it.
        waived: The same of contracts; one that another case answers is verified all the same.
        notes: What a reader must know.
        exhibits: What a report can draw.
        excerpts: The lines of the backwards to look at.
        examined: The gradients among the findings, each with the probe that it was made on.
    """

    options: Options
    findings: list[Finding] = field(default_factory=list)
    promises: list[Finding] = field(default_factory=list)
    unverified: dict[str, str] = field(default_factory=dict)
    waived: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    excerpts: list[Excerpt] = field(default_factory=list)
    examined: list[Examined] = field(default_factory=list)
    _further: set[str] = field(default_factory=set)
    _failures: list[ExerciseError] = field(default_factory=list)
    _idle: list[str] = field(default_factory=list)
    _lines: BackwardLines | None = None
    _source: Source | None = None

    def note_if_further(self, case: Case) -> None:
        """Note a case that nobody described: what is undecided there decides nothing."""
        if case.further:
            self._further.add(case.label)

    def aside(self) -> Outcome:
        """One for a case of which nothing may count in the end; its lines are the same."""
        return Outcome(self.options, _lines=self._lines)

    def adopt(self, other: Outcome) -> None:
        """Count what was found aside."""
        self.findings += other.findings
        self.promises += other.promises
        self.unverified |= other.unverified
        self.waived |= other.waived
        self.notes += other.notes
        self.exhibits += other.exhibits
        self.excerpts += other.excerpts
        self.examined += other.examined
        self._further |= other._further
        self._idle += other._idle
        self._source = self._source or other._source

    def watched(self, case: Case, instance: object) -> AbstractContextManager[None]:
        """Note which lines of the backward run inside, in the cases of a class."""
        backward = getattr(type(instance), "backward", None)
        if case.is_users or backward is None:
            return nullcontext()
        if self._lines is None:
            self._lines = BackwardLines(backward)
        return self._lines.watched()

    def exercised(self, probe: Probe) -> None:
        """Note what had to be assumed for it."""
        subject = probe.subject
        self._source = subject.source
        self.notes.extend((*subject.notes, *probe.notes))
        devices = {str(value.device) for value in probe.values if value.device.type != "cpu"}
        self.notes.extend(f"checked on {name}" for name in sorted(devices))
        self._idle.append(subject.idle)
        if "coverage" not in self.options.contracts:
            self.unverified.update(subject.uncovered)

    def failed(self, case: Case, error: ExerciseError) -> None:
        """Note a case that came to nothing."""
        self._failures.append(error)
        if isinstance(error, BackwardError) and not case.extra:
            message = str(error)
            crash = Finding("gradient", None, Verdict.UNDECIDED, message=message, case=case.label)
            self.findings.append(crash)
        else:
            self.unverified[f"case {case.label}"] = str(error)

    @property
    def is_refuted(self) -> bool:
        """Whether some gradient is, and asks for an explanation."""
        return any(one.finding.verdict == Verdict.REFUTED for one in self.examined)

    def doubt(self, why: str) -> None:
        """Let what is wrong decide nothing, and say why."""
        self.findings = [_doubted(one, why) for one in self.findings]
        self.promises = [_doubted(one, why) for one in self.promises]
        self.examined.clear()

    @property
    def wrong(self) -> Finding | None:
        """The first finding that is not verified, if any."""
        found = (*self.findings, *self.promises)
        return next((one for one in found if one.verdict != Verdict.VERIFIED), None)

    def explain(self) -> None:
        """Name what is wrong with each refuted gradient, now that all cases are known."""
        for number, finding in explained(self.examined).items():
            before = self.examined[number].finding
            place = next(n for n, found in enumerate(self.findings) if found is before)
            self.findings[place] = finding

    def record(self, name: str, started: float) -> Record:
        """All of it, with the time since it was started.

        Raises:
            ExerciseError: If cases failed and no other came as far as a leaf.
        """
        if self._failures and not any(finding.leaf for finding in self.findings):
            raise self._failures[0]
        if self._idle and all(self._idle):
            self.findings.append(_never_ran(self._idle[0]))
        told = [one for one in self.findings if self._is_only_told(one)]
        unverified = {
            **self.unverified,
            **{f"case {one.case}": one.message for one in told},
            **self._contracts(),
            **self._lines_that_never_ran(),
        }
        return Record(
            target=name,
            findings=(
                *(one for one in self.findings if not self._is_only_told(one)),
                *self.promises,
            ),
            unverified=unverified,
            notes=tuple(dict.fromkeys(self.notes)),
            seed=self.options.seed,
            seconds=time.perf_counter() - started,
            exhibits=tuple(self.exhibits),
            excerpts=tuple(self.excerpts),
        )

    def _is_only_told(self, finding: Finding) -> bool:
        """Whether no witness can tell it, in a case that nobody described, as where all is flat.

        A backward that raises where its forward does not tells enough.
        """
        is_open = finding.verdict == Verdict.UNDECIDED and finding.leaf is not None
        return is_open and finding.case in self._further

    def _contracts(self) -> dict[str, str]:
        """Those that no case has answered."""
        asked = {finding.check for finding in self.promises}
        chosen = self.options.contracts
        return {
            name: self.waived.get(name, NEVER_ASKED if name in chosen else SWITCHED_OFF)
            for name in dict.fromkeys((*CONTRACTS, *self.waived))
            if name not in asked
        }

    def _lines_that_never_ran(self) -> dict[str, str]:
        never = self._lines.never_ran() if self._lines else ""
        if not never or self._source is None:
            return {}
        return {BACKWARD_LINES: f"{Path(self._source.file).name}:{never} never ran in any case"}


def _doubted(finding: Finding, why: str) -> Finding:
    if finding.verdict != Verdict.REFUTED:
        return finding
    return replace(finding, verdict=Verdict.UNDECIDED, message=f"{why} ({finding.message})")


def _never_ran(names: str) -> Finding:
    """Torch's own backwards are right, and say nothing of what was written by hand."""
    message = f"no case runs {names}: what torch differentiates by itself is right without it"
    return Finding("gradient", None, Verdict.UNDECIDED, message=message)

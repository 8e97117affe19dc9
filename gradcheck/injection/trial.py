"""Every fault checked as the target itself would be, and its fate told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gradcheck.campaign import Listener
from gradcheck.cases.case import Case
from gradcheck.choice.choose import NO_WISHES, Wishes, cases_of
from gradcheck.errors import ExerciseError
from gradcheck.faults import Fate, Fault, Injection
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.injection.apart import SAME, Claimed, apart, claims_of
from gradcheck.injection.claims import CHANGES, Change, perturbed
from gradcheck.injection.mutants import Mutant, mutants_of
from gradcheck.injection.sharpness import sharpness_of
from gradcheck.injection.watch import backward_code
from gradcheck.options import Options
from gradcheck.pipeline import check_cases
from gradcheck.records import Record, Verdict
from gradcheck.subject import Subject
from gradcheck.targets.resolve import Target

NEVER_RUNS = "no case runs this line"


def run(
    targets: Sequence[Target],
    options: Options,
    wishes: Wishes = NO_WISHES,
    on_start: Listener = lambda target, done: None,  # noqa: ARG005 nobody listens
) -> Iterator[Injection]:
    """Put faults into one target after another; one that cannot be exercised says why."""
    for done, target in enumerate(targets):
        on_start(target, done)
        try:
            yield inject(target, options, wishes)
        except ExerciseError as error:
            yield Injection(target.name, str(Verdict.UNDECIDED), why=str(error))


def inject(target: Target, options: Options, wishes: Wishes = NO_WISHES) -> Injection:
    """Put every fault into a target, one at a time, and check it.

    Raises:
        ExerciseError: If the target cannot be built or called as it is.
    """
    started = time.perf_counter()
    with silenced(), preserved_globals():
        cases = cases_of(target, wishes)
        record = check_cases(target.name, cases, options)
    if record.verdict != Verdict.VERIFIED:
        seconds = time.perf_counter() - started
        return Injection(target.name, str(record.verdict), why=_why_not(record), seconds=seconds)
    with silenced(), preserved_globals():
        trial = _Trial(target.name, options, cases, claims_of(cases, options.seed))
        mutants = list(mutants_of(backward_code(cases, options.seed)))
    leaves = [f.leaf for f in record.findings if f.check == "gradient" and f.leaf]
    leaves = list(dict.fromkeys(leaves))
    in_claims = [
        trial.of_claim(leaf, what, change) for leaf in leaves for what, change in CHANGES.items()
    ]
    in_source = [trial.of_source(mutant) for mutant in mutants]
    sharpness = tuple(sharpness_of(leaf, trial.refutes) for leaf in leaves)
    seconds = time.perf_counter() - started
    return Injection(
        target.name, str(record.verdict), (*in_claims, *in_source), sharpness, seconds=seconds
    )


def _why_not(record: Record) -> str:
    return next((f.message for f in record.findings if f.verdict == record.verdict), "")


@dataclass(frozen=True)
class _Trial:
    """A target in its cases, and what it claims as it is."""

    name: str
    options: Options
    cases: list[Case]
    claims: Claimed

    @property
    def numbers(self) -> list[int]:
        """Of the cases that can be called as they are."""
        return [number for number, claims in enumerate(self.claims) if claims]

    def of_claim(self, leaf: str, what: str, change: Change) -> Fault:
        """The fate of one change of a leaf's claim."""
        fault = Fault("claim", what, leaf, None, Fate.SURVIVED)
        return self._fate(fault, lambda subject: perturbed(subject, leaf, change))

    def of_source(self, mutant: Mutant) -> Fault:
        """The fate of one change of the source."""
        fault = Fault("source", mutant.what, None, mutant.place, Fate.SURVIVED)
        if not mutant.runs:
            return replace(fault, why=NEVER_RUNS)
        with mutant.in_force():
            return self._fate(fault, lambda subject: subject)

    def refutes(self, leaf: str, change: Change) -> bool:
        """Whether the numbers alone refute a change, in the first case that has the leaf."""
        record = self._checked(
            self.numbers[0],
            replace(self.options, contracts=()),
            lambda subject: perturbed(subject, leaf, change),
        )
        return record.verdict == Verdict.REFUTED

    def _fate(self, fault: Fault, change: Callable[[Subject], Subject]) -> Fault:
        """Check the numbers in every case, and the promises only if these do not refute it."""
        records: dict[int, Record] = {}
        for options in dict.fromkeys((replace(self.options, contracts=()), self.options)):
            for number in self.numbers:
                try:
                    record = self._checked(number, options, change)
                except ExerciseError as error:
                    return replace(fault, fate=Fate.CRASHED, why=str(error))
                if record.verdict == Verdict.REFUTED:
                    return replace(fault, fate=Fate.REFUTED, cause=record.cause)
                if any(f.leaf is None and f.check == "gradient" for f in record.findings):
                    return replace(fault, fate=Fate.CRASHED, why="the backward raises")
                records[number] = record
        return self._unrefuted(fault, records, change)

    def _checked(
        self, number: int, options: Options, change: Callable[[Subject], Subject]
    ) -> Record:
        with silenced(), preserved_globals():
            return check_cases(
                self.name, [self.cases[number]], options, first=number, change=change
            )

    def _unrefuted(
        self, fault: Fault, records: dict[int, Record], change: Callable[[Subject], Subject]
    ) -> Fault:
        """Why a fault was not refuted: in each case in which it changes a claim."""
        with silenced(), preserved_globals():
            errors = apart(self.claims, claims_of(self.cases, self.options.seed, change))
        changed = {n: errors[n] for n in records if errors[n] > SAME}
        if not changed:
            why = "the gradients are the same in every case"
            return replace(fault, fate=Fate.EQUIVALENT, error=max(errors), why=why)
        told = {_excuse(records[number], error) for number, error in changed.items()}
        fate, why = min(told, key=lambda excuse: list(_WORST_FIRST).index(excuse[0]))
        return replace(fault, fate=fate, why=why, error=max(changed.values()))


_WORST_FIRST = (Fate.SURVIVED, Fate.UNSEEN, Fate.EQUIVALENT)


def _excuse(record: Record, error: float) -> tuple[Fate, str]:
    """Why a changed claim was not refuted in one case."""
    undecided = [f.message for f in record.findings if f.verdict == Verdict.UNDECIDED]
    if error <= (record.resolution or 0.0):
        why = f"it changes {error:.0e} of a gradient, {record.resolution:.0e} would have shown"
        return Fate.UNSEEN, why
    if not undecided and any(c.at_kink for f in record.findings for c in f.comparisons):
        return Fate.EQUIVALENT, "another subgradient at a kink, as right as the first"
    return Fate.SURVIVED, (undecided or [f"off by {error:.0e}, and found right"])[0]

"""Every fault checked as the target itself would be, and its fate told."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gradcheck.adapters import rules
from gradcheck.campaign import Listener
from gradcheck.cases.case import Case
from gradcheck.choice.choose import cases_of
from gradcheck.choice.wishes import NO_WISHES, Wishes
from gradcheck.comparison import Opinion
from gradcheck.errors import ExerciseError
from gradcheck.faults import LEFT_OUT, Fate, Fault, Injection
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.injection.apart import SAME, Claimed, apart, claims_of
from gradcheck.injection.claims import CHANGES, Change, perturbed
from gradcheck.injection.mutants import Mutant, mutants_of
from gradcheck.injection.sharpness import sharpness_of
from gradcheck.injection.watch import backward_code
from gradcheck.options import Options
from gradcheck.pair import Pair
from gradcheck.pipeline import check_cases
from gradcheck.records import Record, Verdict
from gradcheck.subject import Subject
from gradcheck.targets.resolve import Target
from gradcheck.training import parity

NO_BACKWARD = "it has no backward: its steps are compared with torch's"
NEVER_RUNS = "no case runs this line"
SHARED = "in code that it shares with others, on a line that none of its cases runs"


def run(
    targets: Sequence[Target],
    options: Options,
    wishes: Wishes = NO_WISHES,
    on_start: Listener = lambda target, done: None,  # noqa: ARG005 nobody listens
) -> Iterator[Injection]:
    """Put faults into one target after another; one that cannot be exercised says why."""
    for done, target in enumerate(targets):
        on_start(target, done)
        if parity.recognises(target.object) or rules.recognises(target.object):
            yield Injection(target.name, LEFT_OUT, why=NO_BACKWARD)
            continue
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
        claims = claims_of(cases, options.seed)
        trial = _Trial(
            target.name, options, cases, claims, _quick(options, record), _own_files(target.object)
        )
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


def _own_files(target: object) -> frozenset[str]:
    """A helper in another file may do more than this target asks of it."""
    kind = target if inspect.isclass(target) else type(target)
    parts = vars(target).values() if isinstance(target, Pair) else kind.__mro__
    found = (inspect.getsourcefile(part) for part in parts if _has_source(part))
    return frozenset(file for file in found if file)


def _has_source(part: object) -> bool:
    return getattr(part, "__module__", "builtins") != "builtins" and (
        inspect.isclass(part) or inspect.isfunction(part)
    )


def _quick(options: Options, record: Record) -> Options:
    """The promises with the cheapest witness that finds every gradient right by itself."""
    said = [f.comparisons for f in record.findings if f.check == "gradient"]
    alone = all(
        any(c.witness == "autograd" and c.opinion == Opinion.AGREES for c in row) for row in said
    )
    return replace(options, witnesses=("autograd",)) if alone else options


@dataclass(frozen=True)
class _Trial:
    """A target in its cases, and what it claims as it is.

    Attributes:
        name: Of the target.
        options: As the target was found right with.
        cases: All of its cases.
        claims: What is claimed in each.
        quick: The same, for what has changed no number.
        own_files: Where its class and the bases of it are written.
    """

    name: str
    options: Options
    cases: list[Case]
    claims: Claimed
    quick: Options
    own_files: frozenset[str]

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
        if not mutant.runs and mutant.file in self.own_files:
            return replace(fault, why=NEVER_RUNS)
        if not mutant.runs:
            return replace(fault, fate=Fate.ELSEWHERE, why=SHARED)
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
        """Check the numbers where they have changed, and the promises only if these are let pass.

        The case that has changed most is checked first.  Where no claim has changed, to the bit,
        the numbers are found right again; there one witness is enough for the promises.
        """
        with silenced(), preserved_globals():
            errors = apart(self.claims, claims_of(self.cases, self.options.seed, change))
        changed = sorted((n for n in self.numbers if errors[n]), key=lambda n: -errors[n])
        records: dict[int, Record] = {}
        numbers_alone = replace(self.options, contracts=())
        asked = [(number, numbers_alone) for number in changed]
        asked += [(n, self.options if errors[n] else self.quick) for n in self.numbers]
        for number, options in asked:
            try:
                record = self._checked(number, options, change)
            except ExerciseError as error:
                return replace(fault, fate=Fate.CRASHED, why=str(error))
            if record.verdict == Verdict.REFUTED:
                return replace(fault, fate=Fate.REFUTED, cause=record.cause)
            if any(f.leaf is None and f.check == "gradient" for f in record.findings):
                return replace(fault, fate=Fate.CRASHED, why="the backward raises")
            records[number] = record
        return self._unrefuted(fault, records, errors)

    def _checked(
        self, number: int, options: Options, change: Callable[[Subject], Subject]
    ) -> Record:
        with silenced(), preserved_globals():
            return check_cases(
                self.name, [self.cases[number]], options, first=number, change=change
            )

    def _unrefuted(
        self, fault: Fault, records: dict[int, Record], errors: Sequence[float]
    ) -> Fault:
        """Why a fault was not refuted: in each case in which it changes a claim."""
        changed = {n: errors[n] for n in records if errors[n] > SAME}
        if not changed:
            why = "the gradients are the same in every case"
            return replace(fault, fate=Fate.EQUIVALENT, error=max(errors), why=why)
        told = {_excuse(records[number], error) for number, error in changed.items()}
        fate, why = min(told, key=lambda excuse: _WORST_FIRST.index(excuse[0]))
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

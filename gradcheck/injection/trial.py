"""Every fault checked as the target itself would be, and its fate told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradcheck.adapters import adapt
from gradcheck.campaign import NO_WISHES, Wishes, cases_of
from gradcheck.cases.case import Case
from gradcheck.cases.point import seed_of
from gradcheck.cases.probe import take
from gradcheck.errors import ExerciseError
from gradcheck.faults import Fate, Fault, Injection, Sharpness
from gradcheck.injection.claims import CHANGES, Change, one_element, perturbed, scaled
from gradcheck.injection.mutants import mutants_of
from gradcheck.isolation import preserved_globals, silenced
from gradcheck.options import Options
from gradcheck.pipeline import DRAWS, check_cases
from gradcheck.records import Record, Verdict
from gradcheck.subject import Claims, Subject
from gradcheck.targets import Target

# Claims this near to each other are the same but for the order of their sums.
SAME = 1e-13
_DECADES = range(1, 15)

Checked = Callable[[Options, int], Record]
"""Options, and the number of a case → what is found in that case."""

Claimed = list[list[Claims]]
"""What is claimed in each case, for each draw."""


@dataclass(frozen=True)
class _Trial:
    """A target with its cases, and what it claims as it is."""

    target: Target
    wishes: Wishes
    options: Options
    cases: list[Case]
    claims: Claimed

    def fate(self, fault: Fault, check: Checked, claims: Callable[[], Claimed]) -> Fault:
        """Check one fault: its numbers first, its promises only if these do not refute it."""
        records: list[Record] = []
        for options in dict.fromkeys((replace(self.options, contracts=()), self.options)):
            for number in range(len(self.cases)):
                try:
                    with silenced(), preserved_globals():
                        record = check(options, number)
                except ExerciseError as error:
                    return replace(fault, fate=Fate.CRASHED, why=str(error))
                if record.verdict == Verdict.REFUTED:
                    return replace(fault, fate=Fate.REFUTED, cause=record.cause)
                if any(f.leaf is None and f.check == "gradient" for f in record.findings):
                    return replace(fault, fate=Fate.CRASHED, why="the backward raises")
                records.append(record)
        return self._why(fault, records, claims)

    def _why(self, fault: Fault, records: Sequence[Record], claims: Callable[[], Claimed]) -> Fault:
        """Why a fault was not refuted."""
        with silenced(), preserved_globals():
            error = apart(self.claims, claims())
        fault = replace(fault, error=error)
        if error <= SAME:
            why = "the gradients are the same in every case"
            return replace(fault, fate=Fate.EQUIVALENT, why=why)
        findings = [f for record in records for f in record.findings]
        resolution = max((record.resolution or 0.0 for record in records), default=0.0)
        if error <= resolution:
            why = f"it changes {error:.0e} of a gradient, and {resolution:.0e} would have shown"
            return replace(fault, fate=Fate.UNSEEN, why=why)
        undecided = [f.message for f in findings if f.verdict == Verdict.UNDECIDED]
        if not undecided and any("kink" in f.message for f in findings):
            why = "another subgradient at a kink, as right as the first"
            return replace(fault, fate=Fate.EQUIVALENT, why=why)
        return replace(fault, fate=Fate.SURVIVED, why=(undecided or [f"off by {error:.0e}"])[0])


def inject(target: Target, options: Options, wishes: Wishes = NO_WISHES) -> Injection:
    """Put every fault into a target, one at a time, and check it.

    Raises:
        ExerciseError: If the target cannot be built or called as it is.
    """
    started = time.perf_counter()
    cases = cases_of(target, wishes)
    with silenced(), preserved_globals():
        record = check_cases(target.name, cases, options)
    if record.verdict != Verdict.VERIFIED:
        return Injection(target.name, str(record.verdict), seconds=time.perf_counter() - started)
    with silenced(), preserved_globals():
        claims = claims_of(cases, options.seed)
    trial = _Trial(target, wishes, options, cases, claims)
    leaves = list(
        dict.fromkeys(f.leaf for f in record.findings if f.check == "gradient" and f.leaf)
    )
    faults = (*_in_claims(trial, leaves), *_in_source(trial))
    sharpness = tuple(_sharpness(trial, leaf) for leaf in leaves)
    seconds = time.perf_counter() - started
    return Injection(target.name, str(record.verdict), faults, sharpness, seconds)


def claims_of(
    cases: Sequence[Case], seed: int, change: Callable[[Subject], Subject] = lambda s: s
) -> Claimed:
    """What is claimed in each case; nothing of one that cannot be called."""
    found: Claimed = []
    for number, case in enumerate(cases):
        start = seed_of(seed, number)
        try:
            instance, inputs = case.make(start)
            subject = change(adapt(instance, inputs, case.options))
            seeds = tuple(seed_of(start, draw) for draw in range(DRAWS))
            probe = take(subject, seeds, move_weights=not case.is_users)
        except ExerciseError:
            found.append([])
            continue
        found.append([draw.claims for draw in probe.draws])
    return found


def apart(one: Claimed, other: Claimed) -> float:
    """How far the claims are from each other, relative to the largest of each."""
    errors = [0.0]
    for first, second in zip(one, other, strict=True):
        for ours, theirs in zip(first, second, strict=False):
            errors += [_distance(a, b) for a, b in zip(ours, theirs, strict=False)]
    return max(errors)


def _distance(one: object, other: object) -> float:
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return 0.0 if one is other else float("inf")
    if one.shape != other.shape:
        return float("inf")
    if torch.equal(one, other) or not one.numel():
        return 0.0
    size = max(float(one.abs().max()), float(other.abs().max()))
    return float((one.double() - other.double()).abs().max()) / size


def _in_claims(trial: _Trial, leaves: Sequence[str]) -> Iterator[Fault]:
    for leaf in leaves:
        for what, change in CHANGES.items():
            fault = Fault("claim", what, leaf, None, Fate.SURVIVED)
            yield trial.fate(fault, _checking(trial, leaf, change), _claiming(trial, leaf, change))


def _checking(trial: _Trial, leaf: str, change: Change) -> Checked:
    name, cases = trial.target.name, trial.cases
    return lambda options, number: check_cases(
        name, [cases[number]], options, first=number, change=lambda s: perturbed(s, leaf, change)
    )


def _claiming(trial: _Trial, leaf: str, change: Change) -> Callable[[], Claimed]:
    return lambda: claims_of(trial.cases, trial.options.seed, lambda s: perturbed(s, leaf, change))


def _in_source(trial: _Trial) -> Iterator[Fault]:
    for mutant in mutants_of(trial.target):
        cases = cases_of(mutant.target, trial.wishes)
        fault = Fault("source", mutant.what, None, mutant.line, Fate.SURVIVED)

        def check(options: Options, number: int, cases: list[Case] = cases) -> Record:
            case = cases[number]
            return check_cases(trial.target.name, [case], options, first=number, change=_as_it_is)

        def claims(cases: list[Case] = cases) -> Claimed:
            return claims_of(cases, trial.options.seed)

        yield trial.fate(fault, check, claims)


def _as_it_is(subject: Subject) -> Subject:
    return subject


def _sharpness(trial: _Trial, leaf: str) -> Sharpness:
    return Sharpness(
        leaf,
        _smallest(trial, leaf, lambda error: scaled(1 + error)),
        _smallest(trial, leaf, lambda error: one_element(1 + error)),
    )


def _smallest(trial: _Trial, leaf: str, change: Callable[[float], Change]) -> float | None:
    """The smallest power of ten that is refuted in the first case, from the largest down."""
    options, smallest = replace(trial.options, contracts=()), None
    for decade in _DECADES:
        error = 10.0**-decade

        def changed(subject: Subject, error: float = error) -> Subject:
            return perturbed(subject, leaf, change(error))

        with silenced(), preserved_globals():
            record = check_cases(trial.target.name, trial.cases[:1], options, change=changed)
        if record.verdict != Verdict.REFUTED:
            break
        smallest = error
    return smallest

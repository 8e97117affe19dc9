"""What is gathered over the cases of a target, and how it is closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradcheck.cases.case import Case
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.options import Options
from gradcheck.outcome import NEVER_ASKED, SWITCHED_OFF, Outcome
from gradcheck.records import CONTRACTS, Finding, Verdict

RIGHT = Finding("gradient", "input", Verdict.VERIFIED)
CASE = Case("input (3,)", lambda seed: (seed, ()))


def test_a_target_of_which_every_case_fails_is_refused_with_the_first_reason() -> None:
    """Nothing was exercised, so there is nothing to record."""
    outcome = Outcome(Options())
    for reason in ("first", "second"):
        outcome.failed(CASE, ExerciseError(reason))
    with pytest.raises(ExerciseError, match="first"):
        outcome.record("Dense", 0.0)


def test_a_case_that_fails_beside_others_is_listed_as_not_verified() -> None:
    """With its reason."""
    outcome = Outcome(Options(), findings=[RIGHT])
    outcome.failed(CASE, ExerciseError("too few columns"))
    record = outcome.record("Dense", 0.0)
    assert record.unverified[f"case {CASE.label}"] == "too few columns"
    assert record.verdict == "verified"


def test_a_backward_that_fails_beside_others_leaves_the_target_undecided() -> None:
    """Its forward ran: a backward belongs to it."""
    outcome = Outcome(Options(), findings=[RIGHT])
    outcome.failed(CASE, BackwardError("Dense.backward raised ValueError"))
    assert outcome.record("Dense", 0.0).verdict == "undecided"


@pytest.mark.parametrize("further", [False, True])
def test_what_nobody_can_tell_in_a_further_case_decides_nothing(*, further: bool) -> None:
    """It is told that it is not verified; in a case that its author described, it decides."""
    outcome = Outcome(Options(), findings=[RIGHT])
    outcome.note_if_further(replace(CASE, further=further))
    dull = Finding("gradient", "input", Verdict.UNDECIDED, message="flat", case=CASE.label)
    outcome.findings.append(dull)
    record = outcome.record("Dense", 0.0)
    assert record.verdict == ("verified" if further else "undecided")
    assert record.unverified.get(f"case {CASE.label}", "") == ("flat" if further else "")


def test_every_contract_is_answered_or_has_a_reason_why_not() -> None:
    """Kept in one case, it need not have been asked in another."""
    outcome = Outcome(Options(contracts=("purity", "layout", "batch")), findings=[RIGHT])
    outcome.promises.append(Finding("purity", None, Verdict.VERIFIED))
    outcome.waived |= {"purity": "it declares itself", "layout": "it writes to its input"}
    record = outcome.record("Dense", 0.0)
    told = {name: record.unverified.get(name, "") for name in CONTRACTS}
    assert told.pop("purity") == ""
    assert told.pop("layout") == "it writes to its input"
    assert told.pop("batch") == NEVER_ASKED
    assert set(told.values()) == {SWITCHED_OFF}

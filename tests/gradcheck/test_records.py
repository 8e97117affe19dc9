"""Records: frozen plain data, the order of verdicts, and what JSON makes of them."""

from __future__ import annotations

import dataclasses
import json
import math
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.records import CONTRACTS, Finding, Record, Run, Source, Verdict

NUMBERS = st.floats()  # NaN and the infinities too
PERHAPS = st.none() | NUMBERS
VERDICTS = st.sampled_from(Verdict)
COMPARISONS = st.builds(
    Comparison,
    witness=st.sampled_from(["numeric", "autograd", "reference"]),
    opinion=st.sampled_from(Opinion),
    error=PERHAPS,
    resolution=PERHAPS,
    projections=st.lists(st.builds(Projection, NUMBERS, NUMBERS, NUMBERS), max_size=2).map(tuple),
    note=st.text(),
)
FINDINGS = st.builds(
    Finding,
    check=st.sampled_from(["gradient", "forward", "exercise"]),
    leaf=st.none() | st.text(),
    verdict=VERDICTS,
    error=PERHAPS,
    resolution=PERHAPS,
    cause=st.none() | st.text(),
    message=st.text(),
    comparisons=st.lists(COMPARISONS, max_size=2).map(tuple),
    source=st.none() | st.builds(Source, st.text(), st.integers(), st.text()),
)
RECORDS = st.builds(
    Record,
    target=st.text(),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    unverified=st.dictionaries(st.text(), st.text(), max_size=3),
    notes=st.lists(st.text(), max_size=2).map(tuple),
    seconds=NUMBERS,
)


def record(*verdicts: Verdict, **changes: Any) -> Record:
    """Make a record with one gradient finding of each verdict."""
    findings = [Finding("gradient", f"w{i}", verdict) for i, verdict in enumerate(verdicts)]
    return Record("mylib.Dense", tuple(dataclasses.replace(f, **changes) for f in findings))


def parts(value: Any) -> list[Any]:
    """List everything that plain data holds, at any depth, the keys too."""
    if isinstance(value, dict):
        return [part for pair in value.items() for one in pair for part in parts(one)]
    if isinstance(value, list):
        return [part for item in value for part in parts(item)]
    return [value]


@given(st.lists(VERDICTS))
def test_one_refuted_finding_refutes_the_target(verdicts: list[Verdict]) -> None:
    """No number of agreements outweighs one refutation, wherever it stands."""
    assert record(*verdicts, Verdict.REFUTED, *verdicts).verdict == "refuted"


@given(st.lists(st.sampled_from([Verdict.VERIFIED, Verdict.UNDECIDED])))
def test_a_target_is_verified_only_if_every_finding_is(verdicts: list[Verdict]) -> None:
    """One finding that could not be decided leaves the target undecided."""
    every = set(verdicts) == {Verdict.VERIFIED}
    assert record(*verdicts).verdict == ("verified" if every else "undecided")
    assert record(*verdicts).passed is every


def test_a_target_without_findings_is_undecided() -> None:
    """Nothing was looked at, so nothing is verified."""
    assert record().verdict == "undecided"
    assert not record().passed


@given(st.lists(VERDICTS))
def test_refutations_keep_their_order(verdicts: list[Verdict]) -> None:
    """The reader meets them in the order in which they were found."""
    answer = record(*verdicts)
    expected = [f for f in answer.findings if f.verdict == "refuted"]
    assert list(answer.refutations) == expected


def test_the_cause_is_that_of_the_first_refuted_finding() -> None:
    """An undecided finding before it, and another refutation after it, do not speak."""
    findings = (
        Finding("gradient", "input", Verdict.UNDECIDED, cause="kink"),
        Finding("gradient", "weight", Verdict.REFUTED, cause="transpose"),
        Finding("gradient", "bias", Verdict.REFUTED, cause="sign"),
    )
    assert Record("Dense", findings).cause == "transpose"


def test_without_a_refutation_there_is_no_cause() -> None:
    """A cause says what is wrong."""
    assert record(Verdict.VERIFIED, Verdict.UNDECIDED, cause="kink").cause is None


@given(st.lists(st.floats(0, 1), min_size=1))
def test_the_resolution_is_the_coarsest_of_the_gradients(resolutions: list[float]) -> None:
    """An error of that size would have been seen in every leaf."""
    findings = tuple(
        Finding("gradient", "w", Verdict.VERIFIED, resolution=resolution)
        for resolution in resolutions
    )
    forward = Finding("forward", "output", Verdict.VERIFIED, resolution=2.0)
    assert Record("Dense", (*findings, forward)).resolution == max(resolutions)


def test_a_leaf_without_a_resolution_leaves_the_target_without() -> None:
    """A promise about every gradient cannot be made where one has none."""
    known = Finding("gradient", "weight", Verdict.VERIFIED, resolution=1e-12)
    unknown = Finding("gradient", "bias", Verdict.REFUTED)
    assert Record("Dense", (known, unknown)).resolution is None
    assert Record("Dense", ()).resolution is None


def test_a_target_that_could_not_be_run_is_not_exercised() -> None:
    """One such finding is enough; any other finding shows that it was run."""
    failed = Finding("exercise", None, Verdict.UNDECIDED)
    assert not Record("Dense", (failed,)).exercised
    assert not Record("Dense", (*record(Verdict.VERIFIED).findings, failed)).exercised
    assert record(Verdict.UNDECIDED).exercised


@given(RECORDS)
def test_a_record_survives_json(answer: Record) -> None:
    """Whatever the numbers, strict JSON takes it and gives the same back."""
    plain = answer.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


@given(RECORDS)
def test_plain_data_holds_no_enum_and_no_infinity(answer: Record) -> None:
    """A reader in any language finds words and finite numbers."""
    found = parts(answer.to_dict())
    assert not any(isinstance(part, Enum) for part in found)
    assert all(math.isfinite(part) for part in found if isinstance(part, float))


@given(RECORDS)
def test_plain_data_says_what_the_record_says(answer: Record) -> None:
    """The derived answers stand beside the fields that they follow from."""
    plain = answer.to_dict()
    assert (plain["target"], plain["verdict"], plain["cause"]) == (
        answer.target,
        str(answer.verdict),
        answer.cause,
    )
    assert [f["message"] for f in plain["findings"]] == [f.message for f in answer.findings]
    assert plain["unverified"] == answer.unverified
    assert {"resolution", "notes", "seed", "seconds"} <= plain.keys()


def test_an_infinite_error_is_an_unknown_error() -> None:
    """JSON has no infinity; null stands for it."""
    plain = record(Verdict.REFUTED, error=math.inf, resolution=math.nan).to_dict()
    assert (plain["findings"][0]["error"], plain["findings"][0]["resolution"]) == (None, None)


def test_plain_data_shares_nothing_with_the_record() -> None:
    """Whoever edits the dictionary edits a copy."""
    answer = Record("Dense", (), unverified={"layout": "not asked"})
    answer.to_dict()["unverified"].clear()
    assert answer.unverified == {"layout": "not asked"}


@pytest.mark.parametrize(
    "thing",
    [
        Projection(1.0, 1.0, 1e-12),
        Comparison("numeric", Opinion.AGREES),
        Source("layers.py", 3, "Dense.backward"),
        Finding("gradient", "weight", Verdict.VERIFIED),
        Record("Dense", ()),
        Run(()),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_a_record_cannot_be_changed(thing: Any) -> None:
    """What was found stays found, whoever reads it."""
    for field in dataclasses.fields(thing):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, field.name, None)


def test_a_verdict_is_its_word() -> None:
    """Users compare with plain strings, and print it."""
    assert [f"{verdict}" for verdict in Verdict] == ["verified", "refuted", "undecided"]
    assert Verdict("refuted") is Verdict.REFUTED


def test_a_source_is_written_as_editors_read_it() -> None:
    """File, colon, line: a terminal makes a link of it."""
    assert str(Source("layers.py", 12, "Dense.backward")) == "layers.py:12"


def test_the_contracts_have_their_agreed_names() -> None:
    """Reports and users rely on these words."""
    assert set(CONTRACTS) == {
        "linearity",
        "accumulation",
        "purity",
        "aliasing",
        "determinism",
        "call_order",
        "layout",
        "shape",
        "dtype",
        "batch",
        "coverage",
    }
    assert len(CONTRACTS) == len(set(CONTRACTS))


@given(st.lists(VERDICTS))
def test_a_run_counts_its_targets(verdicts: list[Verdict]) -> None:
    """Every target has exactly one verdict."""
    run = Run(tuple(record(verdict) for verdict in verdicts))
    assert [run.count(verdict) for verdict in Verdict] == [verdicts.count(v) for v in Verdict]
    assert sum(run.count(verdict) for verdict in Verdict) == len(verdicts)


@given(st.lists(VERDICTS))
def test_a_run_is_as_bad_as_its_worst_target(verdicts: list[Verdict]) -> None:
    """Refuted before undecided before verified; nothing checked is undecided."""
    worst = [v for v in ("refuted", "undecided", "verified") if v in verdicts]
    run = Run(tuple(record(verdict) for verdict in verdicts))
    assert run.verdict == (worst[0] if worst else "undecided")


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ((), "nothing checked"),
        ((Verdict.VERIFIED,), "1 verified"),
        ((Verdict.UNDECIDED, Verdict.VERIFIED, Verdict.VERIFIED), "2 verified, 1 undecided"),
        (tuple(Verdict), "1 verified, 1 refuted, 1 undecided"),
    ],
)
def test_a_run_is_summed_up_in_one_line(verdicts: tuple[Verdict, ...], words: str) -> None:
    """What did not happen is left out."""
    assert Run(tuple(record(verdict) for verdict in verdicts)).summary() == words


@pytest.mark.parametrize(
    ("doubts", "words"),
    [
        (0, "1 verified, 2 undecided (could not be run)"),
        (1, "1 verified, 3 undecided (2 could not be run)"),
    ],
)
def test_what_could_not_be_run_is_counted_apart(doubts: int, words: str) -> None:
    """It ends in an exit code of its own."""
    stopped = Record("Step", (Finding("exercise", None, Verdict.UNDECIDED),))
    run = Run((record(Verdict.VERIFIED), stopped, stopped, *[record(Verdict.UNDECIDED)] * doubts))
    assert run.summary() == words

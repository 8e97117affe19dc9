"""The answer on a terminal: what a refutation looks like, and what plain text never holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.records import CONTRACTS, Finding, Record, Run, Source, Verdict
from gradcheck.report.text import WIDTH, render

CASE = "in_features=5, out_features=3; input (4, 5)"
RIGHT = Finding(
    "gradient",
    "input",
    Verdict.VERIFIED,
    error=3e-14,
    resolution=9e-13,
    case=CASE,
    comparisons=(
        Comparison("numeric", Opinion.AGREES, error=3e-14, resolution=2e-11),
        Comparison("autograd", Opinion.AGREES, error=0.0, resolution=9e-13),
    ),
)
WRONG = Finding(
    "gradient",
    "weight",
    Verdict.REFUTED,
    error=0.75,
    resolution=9e-13,
    cause="transpose",
    message="the claimed gradient is the transpose of the true one",
    case=CASE,
    comparisons=(
        Comparison(
            "numeric",
            Opinion.DIFFERS,
            error=0.5,
            resolution=2e-11,
            projections=(Projection(3.0, 2.5, 4e-12), Projection(1.25, -0.5, 1e-12)),
        ),
        Comparison("autograd", Opinion.DIFFERS, error=0.75, resolution=9e-13),
        Comparison("reference", Opinion.ABSENT, note="torch.nn has no Dense"),
    ),
    source=Source("mylib/layers.py", 12, "Dense.backward"),
)
TANH = Record("mylib.Tanh", (RIGHT,), seconds=0.25)
DENSE = Record(
    "mylib.Dense",
    (RIGHT, WRONG, replace(WRONG, case=CASE.replace("4", "1"))),
    unverified={
        "forward": "torch.nn has no Dense",
        "layout": "it was not asked",
        "dtype": "it was not asked",
    },
    notes=("the weight was given in float32",),
    seed=7,
    seconds=0.5,
)
UNBUILT = Finding("exercise", None, Verdict.UNDECIDED, message="Step() raised ValueError: no")
STEP = Record("mylib.Step", (UNBUILT,))

REFUTATION = """\
mylib.Dense  refuted
  weight: the claimed gradient is the transpose of the true one  [transpose]
    numeric    differs: along a random direction the backward claims 1.25, finite differences
               measure -0.5 ± 1.0e-12
    autograd   differs by 7.5e-01, relative to the largest element
    reference  not asked: torch.nn has no Dense
    case       in_features=5, out_features=3; input (4, 5) (and 1 more)
    look at    mylib/layers.py:12  Dense.backward
  leaf     numeric           autograd         reference   resolution
  input    agrees to 3e-14   agrees exactly   -           9e-13
  weight   differs           differs          -           9e-13
  2 cases  in_features=5, out_features=3; input (4, 5)
           in_features=5, out_features=3; input (1, 5)
  the weight was given in float32
  not verified: forward (torch.nn has no Dense)
  not verified: layout, dtype (it was not asked)
  seed 7, 0.50 s"""

VERIFICATION = """\
mylib.Tanh  verified  an error of 9e-13 of a gradient would have shown
  leaf    numeric           autograd         reference   resolution
  input   agrees to 3e-14   agrees exactly   -           9e-13
  1 case  in_features=5, out_features=3; input (4, 5)
  seed 0, 0.25 s"""

WORDS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=300)


def test_a_refutation_fits_on_a_screen() -> None:
    """What is wrong, who says so, where to look; what agrees; what was not checked."""
    assert render(DENSE) == REFUTATION


def test_a_verification_states_what_it_would_have_seen() -> None:
    """Nobody reads a green line as more than it is."""
    assert render(TANH) == VERIFICATION


def test_a_single_target_is_shown_as_itself() -> None:
    """A run of one has no table above it and no count below."""
    assert render(Run((DENSE,))) == REFUTATION


def test_several_targets_are_shown_in_full_only_where_they_are_not_verified() -> None:
    """One line for each verified one, first; the count last."""
    text = render(Run((DENSE, TANH, STEP, TANH), seconds=1.25))
    table, refuted, unbuilt, count = (
        text.index("target       verdict    leaves   cases   resolution"),
        text.index(REFUTATION),
        text.index("mylib.Step  undecided, it could not be run\n  Step() raised ValueError: no"),
        text.index("2 verified, 1 refuted, 1 undecided (could not be run) in 1.2 s"),
    )
    assert table == 0 < refuted < unbuilt < count
    assert text.count("mylib.Tanh   verified   1        1       9e-13\n") == 2
    assert text.endswith("in 1.2 s")


def test_a_run_of_nothing_says_so() -> None:
    """An empty screen would look like a crash."""
    assert render(Run(())) == "nothing checked in 0.0 s"


@given(WORDS, WORDS, st.lists(st.sampled_from([TANH, DENSE, STEP]), max_size=3))
def test_plain_text_holds_no_colour_and_no_boxes(
    target: str, message: str, others: list[Record]
) -> None:
    """It is pasted into issues and mails, and read by programs."""
    named = replace(DENSE, target=target, findings=(replace(WRONG, message=message), RIGHT))
    for answer in (named, Run((named, *others))):
        text = render(answer)
        assert "\x1b" not in text
        assert not any("\u2500" <= character <= "\u259f" for character in text)
        lines = text.split("\n")
        assert all(line == line.rstrip() for line in lines)
        assert max(map(len, lines)) <= WIDTH
        assert not text.endswith("\n")


@given(st.text(st.sampled_from("[]/redbol:smile\\ "), max_size=12))
def test_words_are_never_taken_for_markup(word: str) -> None:
    """`[bold]` and `:smile:` may be part of a shape, a path or an error message."""
    name = f"<{' '.join(word.split())}>"
    findings = (replace(WRONG, message=name, case=name), replace(RIGHT, leaf=name))
    text = render(replace(DENSE, target=name, findings=findings, notes=(name,)))
    assert text.count(name) == 6


@pytest.mark.parametrize("cause", [None, "unknown"])
def test_a_cause_that_is_not_known_is_not_told(cause: str | None) -> None:
    """A word in brackets would look like an answer."""
    text = render(replace(DENSE, findings=(replace(WRONG, cause=cause),)))
    assert "[" not in text


def test_the_direction_that_shows_the_error_best_is_told() -> None:
    """The one with the largest error in units of its bar."""
    assert "claims 1.25" in render(DENSE)
    assert "claims 3" not in render(DENSE)


def test_a_measurement_without_an_error_bar_can_be_told() -> None:
    """A linear forward at zero is measured exactly."""
    exact = Comparison("numeric", Opinion.DIFFERS, projections=(Projection(0.0, 1.0, 0.0),))
    text = render(replace(DENSE, findings=(replace(WRONG, comparisons=(exact,)),)))
    assert "finite differences measure 1 ± 0.0e+00" in " ".join(text.split())


def test_one_mistake_in_many_cases_is_told_once() -> None:
    """For each leaf and cause; the cases are counted."""
    findings = tuple(replace(WRONG, case=f"input ({n}, 5)") for n in range(1, 5))
    other = replace(WRONG, leaf="bias", cause="sign", message="the opposite sign")
    text = render(replace(DENSE, findings=(*findings, other)))
    assert text.count("[transpose]") == text.count("[sign]") == 1
    assert "input (1, 5) (and 3 more)" in text


def test_a_finding_without_a_leaf_is_a_sentence() -> None:
    """No empty name, no colon."""
    assert "\n  Step() raised ValueError: no\n" in render(STEP)


def test_the_table_shows_the_worst_of_all_cases() -> None:
    """A leaf that agrees in one case and differs in another differs."""
    coarse = (Comparison("autograd", Opinion.COARSE, error=1.0, resolution=1.0),)
    worse = replace(RIGHT, resolution=1e-7, comparisons=coarse)
    row = next(
        line
        for line in render(replace(TANH, findings=(RIGHT, worse))).split("\n")
        if "input " in line
    )
    assert row.split() == ["input", "agrees", "to", "3e-14", "coarse", "-", "1e-07"]


def test_an_absent_witness_leaves_a_dash() -> None:
    """Not asked is not agreed."""
    nothing = (Comparison("numeric", Opinion.ABSENT, note="not wanted"),)
    silent = Finding("gradient", "input", Verdict.UNDECIDED, comparisons=nothing)
    row = render(Record("Dense", (silent,))).split("\n")[-2]
    assert row.split() == ["input", "-", "-", "-"]


KEPT = Finding("purity", None, Verdict.VERIFIED, case=CASE)
NOISY = replace(KEPT, check="determinism", message="two runs differ by 3e-14")
BROKEN = replace(KEPT, check="layout", verdict=Verdict.REFUTED, cause="layout", message="no view")


def test_the_contracts_that_are_kept_are_one_line() -> None:
    """However many cases; what was measured follows."""
    lines = render(replace(TANH, findings=(RIGHT, KEPT, NOISY, KEPT, NOISY))).split("\n")
    assert lines.count("  contracts  2 kept: purity, determinism") == 1
    assert lines.count("  determinism: two runs differ by 3e-14") == 1


def test_a_broken_contract_is_a_complaint_under_its_name() -> None:
    """One that is kept in another case is not counted as kept."""
    elsewhere = replace(KEPT, check="layout")
    findings = (RIGHT, KEPT, elsewhere, BROKEN, BROKEN)
    text = render(replace(TANH, findings=findings))
    assert "\n  layout: no view  [layout]\n" in text
    assert "contracts  1 kept: purity\n" in text


def test_contracts_that_are_switched_off_are_one_word() -> None:
    """Eleven names would hide the others."""
    unverified = {"forward": "torch.nn has no Dense"} | dict.fromkeys(CONTRACTS, "switched off")
    text = render(replace(TANH, unverified=unverified))
    assert "not verified: the contracts (switched off)" in text


def test_an_example_that_fails_stands_at_the_margin_at_the_end() -> None:
    """Indented or broken lines could not be pasted."""
    long = f"x = {'1 + ' * 40}1"
    record = replace(DENSE, example=f"import gradcheck\n\n{long}\ngradcheck.check(x)")
    assert render(record).endswith(f"\n\n{record.example}")
    assert "to be pasted" not in render(DENSE)

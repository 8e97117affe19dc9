"""The run in Markdown: one row for each target, and no text that breaks out of its cell."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.plain import visible
from gradcheck.report.summary import render

ACTIVE = "\\`*_[]<>|"


def record(target: str, verdict: Verdict, message: str = "") -> Record:
    """Make a record with one finding on the weight."""
    finding = Finding("gradient", "weight", verdict, resolution=9e-13, message=message)
    return Record(target, (finding,))


def rows(run: Run) -> list[list[str]]:
    """Split the table's body into cells, as GitHub does: at each bar that is not escaped."""
    body = [line for line in render(run).split("\n") if line.startswith("| ")][1:]
    return [[cell.strip() for cell in re.findall(r"((?:\\.|[^|\\])*)\|", row)][1:] for row in body]


def unescaped(cell: str) -> str:
    """Read a cell as Markdown does."""
    return re.sub(r"\\([^\w\s]|_)", r"\1", cell)


def test_each_target_has_a_row() -> None:
    """The verdict with its sign, the resolution, and what is wrong where something is."""
    run = Run(
        (
            record("Tanh", Verdict.VERIFIED, "not told"),
            record("Dense", Verdict.REFUTED, "transposed"),
            Record("Step", (Finding("exercise", None, Verdict.UNDECIDED, message="no step"),)),
        )
    )
    assert rows(run) == [
        ["Tanh", "✅ verified", "9e-13", ""],
        ["Dense", "❌ refuted", "9e-13", "weight: transposed"],
        ["Step", "❔ undecided", "", "Step: no step"],
    ]


def test_a_broken_contract_stands_under_its_name() -> None:
    """Whichever leaf it was seen on."""
    broken = Finding("purity", "input", Verdict.REFUTED, message="the forward writes to input")
    assert rows(Run((Record("ReLU", (broken,)),)))[0][3] == "purity: the forward writes to input"


def test_what_nothing_checked_is_named() -> None:
    """Verified is what was looked at, and no more."""
    finding = Finding("gradient", "input", Verdict.VERIFIED, resolution=9e-13)
    dense = Record("Dense", (finding,), unverified={"bias": "no gradient", "batch": "one sample"})
    assert rows(Run((dense,)))[0][3] == "not verified: bias"


def test_the_headline_counts() -> None:
    """Whoever reads one line knows the outcome."""
    run = Run((record("Tanh", Verdict.VERIFIED), record("Dense", Verdict.REFUTED)))
    assert render(run).startswith("# gradients: 1 verified, 1 refuted\n\n| target |")


def test_the_versions_stand_below() -> None:
    """A paragraph of their own, outside the table."""
    text = render(Run((), versions={"gradcheck": "0.1", "torch": "2.6"}))
    assert text.endswith("|\n\ngradcheck 0.1, torch 2.6\n")


def test_a_message_is_told_once() -> None:
    """The same mistake in five cases is one mistake."""
    findings = tuple(
        Finding("gradient", "weight", Verdict.REFUTED, message=words)
        for words in ("wrong", "wrong", "worse")
    )
    assert rows(Run((Record("Dense", findings),)))[0][3] == "weight: wrong; weight: worse"


@given(st.text(), st.text())
@example("a|b", "x\\|y")
@example("_", "a_b")
@example("\\", "\\\\")
@example("**bold**", "<script>alert(1)</script>")
@example("[link](x)", "`code` and\n\n# a heading")
def test_no_text_leaves_its_cell(target: str, message: str) -> None:
    """Four cells in one row, whatever the names and messages, and they can be read back."""
    run = Run((record(target, Verdict.REFUTED, message),))
    assert len(render(run).split("\n")) == 8
    (cells,) = rows(run)
    assert len(cells) == 4
    assert unescaped(cells[0]) == " ".join(visible(target).split())
    assert unescaped(cells[3]) == " ".join(visible(f"weight: {message}").split())


@given(st.text(st.sampled_from(ACTIVE + "ab "), max_size=30))
def test_no_text_starts_markup(message: str) -> None:
    """Every character that means something in Markdown is escaped."""
    ((_, _, _, cell),) = rows(Run((record("Dense", Verdict.REFUTED, message),)))
    bare = re.sub(r"\\.", "", cell)
    assert not set(bare) & set(ACTIVE)

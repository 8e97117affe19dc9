"""Annotations: one command of GitHub's for each mistake, at its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gradcheck.records import Cause, Finding, Record, Run, Source, Verdict
from gradcheck.report.github import render
from tests.gradcheck.report.samples import GREEN, RUN

HERE = Source(str(Path.cwd() / "src" / "layers.py"), 15, "Dense.backward")
WRONG = Finding("gradient", "bias", Verdict.REFUTED, message="half of it", source=HERE)


def commands(*findings: Finding) -> list[str]:
    """Return the commands for these findings."""
    return render(Run((Record("Dense", findings),))).splitlines()[:-1]


def test_a_mistake_is_an_error_and_a_doubt_a_warning() -> None:
    """The mistakes first; what is right is no annotation."""
    levels = [line.split(" ")[0] for line in render(RUN).splitlines()]
    assert levels == ["::error", "::error", "::warning", "::warning", "1"]
    assert render(GREEN) == "1 verified in 0.5 s\n"


def test_it_stands_at_the_statement_that_is_wrong() -> None:
    """At the head of the backward only where the statement is not known."""
    statement = replace(HERE, line=21)
    (head,) = commands(WRONG)
    (exact,) = commands(replace(WRONG, statements=(statement,)))
    assert ",line=15," in head
    assert ",line=21," in exact


def test_a_file_is_named_as_in_the_repository() -> None:
    """GitHub knows no folder of the runner; a file elsewhere is named in full."""
    (inside,) = commands(WRONG)
    (outside,) = commands(replace(WRONG, source=Source("/usr/lib/layers.py", 1, "f")))
    assert inside.startswith("::error file=src/layers.py,")
    assert outside.startswith("::error file=/usr/lib/layers.py,")


def test_every_cause_that_the_numbers_support_is_told() -> None:
    """The one that is named stands in the title, the others in the text."""
    causes = (Cause("factor", "0.5 times"), Cause("slice", "the last row"))
    (told,) = commands(replace(WRONG, cause="factor", causes=causes))
    assert "title=Dense%3A bias [factor]::half of it%0Aalso slice: the last row%0A" in told

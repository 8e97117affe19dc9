"""The whole run as one JSON document that any program can read."""

from __future__ import annotations

import json
import math

import pytest

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.document import document, render
from gradcheck.report.schema import VERSION


def record(verdict: Verdict, target: str = "mylib.Dense", error: float = 0.5) -> Record:
    """Make a record with one finding."""
    return Record(target, (Finding("gradient", "weight", verdict, error=error),), seed=3)


RUN = Run(
    tuple(record(v) for v in (Verdict.REFUTED, Verdict.VERIFIED, Verdict.VERIFIED)),
    versions={"torch": "2.6"},
    seconds=1.5,
)


def test_a_document_holds_every_answer() -> None:
    """In the order of the command, as plain data."""
    assert [result["verdict"] for result in document(RUN)["results"]] == [
        "refuted",
        "verified",
        "verified",
    ]
    assert document(RUN)["results"] == [record.to_dict() for record in RUN.records]


def test_a_document_begins_with_what_a_script_asks_first() -> None:
    """The schema, the verdict, the counts, and what is needed to repeat the run."""
    head = {key: value for key, value in document(RUN).items() if key != "results"}
    assert head == {
        "schema": VERSION,
        "versions": {"torch": "2.6"},
        "verdict": "refuted",
        "summary": {"verified": 2, "refuted": 1, "undecided": 0},
        "seconds": 1.5,
    }


def test_a_change_of_meaning_must_raise_the_schema() -> None:
    """These are the fields of schema 1: a script may rely on each."""
    assert VERSION == 1
    (result, *_) = document(RUN)["results"]
    assert result.keys() >= {"target", "verdict", "cause", "resolution", "findings"}
    assert result.keys() >= {"unverified", "notes", "seed", "seconds"}
    assert result["findings"][0].keys() >= {"check", "leaf", "verdict", "error", "resolution"}
    assert result["findings"][0].keys() >= {"cause", "message", "case", "comparisons", "source"}


@pytest.mark.parametrize("error", [math.nan, math.inf, -math.inf])
def test_a_document_is_strict_json(error: float) -> None:
    """Without NaN and infinity, which most readers refuse."""
    text = render(Run((record(Verdict.REFUTED, error=error),)))
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["results"][0]["findings"][0]["error"] is None


def test_a_document_is_a_text_file() -> None:
    """It ends with a newline, and can be read by eye: indented, names unescaped."""
    text = render(Run((record(Verdict.VERIFIED, "ünï.Σ"),)))
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert '\n      "target": "ünï.Σ"' in text
    assert json.loads(text)["results"][0]["target"] == "ünï.Σ"

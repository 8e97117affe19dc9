"""The badge: a picture and an endpoint that say the same."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report.badge import endpoint, message, svg

GREEN, RED, YELLOW = "#2e7d32", "#c62828", "#dfb317"


def run_of(*verdicts: Verdict) -> Run:
    """Make a run with one target for each verdict."""
    return Run(tuple(Record("Dense", (Finding("gradient", "w", v),)) for v in verdicts))


V, R, U = Verdict.VERIFIED, Verdict.REFUTED, Verdict.UNDECIDED


@pytest.mark.parametrize(
    ("run", "words", "colour"),
    [
        (run_of(V, V), "2 verified", GREEN),
        (run_of(V, R, U), "1 refuted", RED),
        (run_of(V, U, U), "2 undecided", YELLOW),
        (run_of(), "nothing checked", YELLOW),
    ],
)
def test_a_badge_says_what_matters_most(run: Run, words: str, colour: str) -> None:
    """The count of the worst verdict, in its colour, in both forms."""
    assert message(run) == words
    assert json.loads(endpoint(run)) == {
        "schemaVersion": 1,
        "label": "gradients",
        "message": words,
        "color": colour,
    }
    picture = svg(run)
    assert words in picture
    assert [c for c in (GREEN, RED, YELLOW) if c in picture] == [colour]


@given(st.lists(st.sampled_from(Verdict), max_size=5))
def test_a_badge_is_a_valid_picture(verdicts: list[Verdict]) -> None:
    """Well-formed XML with an svg root, which holds the label and the message."""
    run = run_of(*verdicts)
    root = ET.fromstring(svg(run))  # noqa: S314 it is our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = [text for text in root.itertext() if text.strip()]
    assert {"gradients", message(run)} <= {word.strip() for word in words}
    assert float(root.attrib["width"]) > 0


def test_the_endpoint_is_a_text_file() -> None:
    """It ends with a newline."""
    assert endpoint(run_of(V)).endswith("}\n")

"""JUnit XML: as other people's programs read it."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml

from gradcheck.report.junit import render
from tests.gradcheck.report.samples import RUN


def test_another_reader_finds_every_claim_and_the_counts() -> None:
    """A suite for each target, a test for each claim, and the totals over all of them."""
    document = JUnitXml.fromstring(render(RUN).encode())
    assert [suite.name for suite in document] == [record.target for record in RUN.records]
    assert document.tests == sum(len(record.findings) for record in RUN.records)
    assert (document.failures, document.errors, document.skipped) == (2, 2, 0)
    assert document.time == 3.25


def test_a_mistake_is_a_failure_and_a_doubt_an_error() -> None:
    """Each with its cause as the type, and its whole explanation as the text."""
    kinds: dict[type, list[tuple[str, str]]] = {Failure: [], Error: []}
    for suite in JUnitXml.fromstring(render(RUN).encode()):
        for case in suite:
            for outcome in case.result:
                kinds[type(outcome)].append((case.name.split(" [")[0], outcome.type))
    assert kinds[Failure] == [("gradient of bias", "factor"), ("aliasing", "aliasing")]
    assert kinds[Error] == [("gradient of input", "undecided"), ("exercise", "undecided")]


def test_the_text_says_where_to_look_and_how_to_see_it_again() -> None:
    """A viewer shows nothing else."""
    text = render(RUN)
    assert "numeric: differs: along a random direction the backward claims -0.32" in text
    assert "look at layers.py:15 Dense.backward" in text
    assert "again: python -m gradcheck layers.py:Dense --seed 0" in text

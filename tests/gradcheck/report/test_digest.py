"""What all formats say alike: here, where a leaf that is wrong is right."""

from __future__ import annotations

import pytest

from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report import digest, github, page, text

WRONG, RIGHT = Verdict.REFUTED, Verdict.VERIFIED


def record(*said: tuple[Verdict, str]) -> Record:
    """Return one with these verdicts on one leaf, each with its case."""
    return Record("Conv", tuple(Finding("gradient", "w", word, case=case) for word, case in said))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (((RIGHT, "stride=1"), (WRONG, "stride=2")), "stride=1"),
        (((RIGHT, "a"), (WRONG, "b"), (RIGHT, "c"), (RIGHT, "a")), "a (and 1 more)"),
        (((RIGHT, "a"), (WRONG, "a"), (WRONG, "b")), ""),
        (((RIGHT, "a"), (Verdict.UNDECIDED, "b")), ""),
    ],
)
def test_a_leaf_that_is_wrong_in_some_cases_is_said_to_be_right_in_the_others(
    said: tuple[tuple[Verdict, str], ...], told: str
) -> None:
    """Not where another question finds it wrong in the same case, nor of what is not refuted."""
    (complaint,) = digest.complaints(record(*said))
    assert complaint.right_in == told


def test_a_contract_is_right_nowhere_else() -> None:
    """It is a promise about all calls."""
    kept, broken = (
        Finding("purity", None, RIGHT, case="a"),
        Finding("purity", None, WRONG, case="b"),
    )
    (complaint,) = digest.complaints(Record("Conv", (kept, broken)))
    assert not complaint.right_in


def test_every_format_for_people_says_so() -> None:
    """The terminal, the page, and the annotation of a pull request."""
    one = record((RIGHT, "stride=1"), (WRONG, "stride=2"))
    assert "right in  stride=1" in text.render(one)
    assert "<dt>right in</dt><dd>stride=1</dd>" in page.render(Run((one,)))
    assert "right in: stride=1" in github.render(Run((one,)))

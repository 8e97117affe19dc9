"""The vote: every row of the table, and what happens where witnesses are silent."""

from __future__ import annotations

import itertools

import pytest

from gradcheck.comparison import Comparison, Opinion
from gradcheck.diagnosis.culprit import rule
from gradcheck.records import Verdict

AGREES, DIFFERS, COARSE, ABSENT = Opinion.AGREES, Opinion.DIFFERS, Opinion.COARSE, Opinion.ABSENT
WITNESSES = ("numeric", "autograd", "reference")


def said(witness: str, opinion: Opinion, **more: object) -> Comparison:
    """A witness with plausible figures."""
    error = 0.5 if opinion == DIFFERS else 1e-14
    figures = {"error": error, "resolution": 1e-11, "note": "why", **more}
    return Comparison(witness, opinion, **figures)  # type: ignore[arg-type]


def ruled(numeric: Opinion, autograd: Opinion, reference: Opinion, **more: bool) -> Verdict:
    """The verdict on these three opinions."""
    opinions = dict(zip(WITNESSES, (numeric, autograd, reference), strict=True))
    return rule({name: said(name, opinion) for name, opinion in opinions.items()}, **more).verdict


@pytest.mark.parametrize(
    ("numeric", "autograd", "reference", "verdict"),
    [
        (AGREES, AGREES, AGREES, Verdict.VERIFIED),
        (DIFFERS, DIFFERS, DIFFERS, Verdict.REFUTED),
        (DIFFERS, DIFFERS, ABSENT, Verdict.REFUTED),
        (DIFFERS, ABSENT, ABSENT, Verdict.REFUTED),
        (ABSENT, DIFFERS, ABSENT, Verdict.REFUTED),
        (ABSENT, ABSENT, DIFFERS, Verdict.REFUTED),
        (DIFFERS, AGREES, ABSENT, Verdict.UNDECIDED),
        (DIFFERS, AGREES, AGREES, Verdict.UNDECIDED),
        (AGREES, DIFFERS, ABSENT, Verdict.VERIFIED),
        (AGREES, AGREES, DIFFERS, Verdict.VERIFIED),
        (AGREES, ABSENT, ABSENT, Verdict.VERIFIED),
        (COARSE, AGREES, ABSENT, Verdict.VERIFIED),
        (COARSE, DIFFERS, ABSENT, Verdict.UNDECIDED),
        (COARSE, DIFFERS, DIFFERS, Verdict.REFUTED),
        (COARSE, AGREES, DIFFERS, Verdict.UNDECIDED),
        (COARSE, ABSENT, ABSENT, Verdict.UNDECIDED),
        (ABSENT, ABSENT, ABSENT, Verdict.UNDECIDED),
    ],
)
def test_each_row_of_the_table(
    numeric: Opinion, autograd: Opinion, reference: Opinion, verdict: Verdict
) -> None:
    """The verdict follows from who agrees, who differs and who is silent."""
    assert ruled(numeric, autograd, reference) == verdict


@pytest.mark.parametrize("opinions", list(itertools.product(Opinion, repeat=3)))
def test_no_combination_is_verified_without_a_supporter_or_refuted_with_finite_differences_agreeing(
    opinions: tuple[Opinion, Opinion, Opinion],
) -> None:
    """The two mistakes that must never be made, over all 64 combinations."""
    verdict = ruled(*opinions)
    if verdict == Verdict.VERIFIED:
        assert AGREES in opinions
        assert opinions[0] != DIFFERS
    if verdict == Verdict.REFUTED:
        assert DIFFERS in opinions
        assert AGREES not in opinions


def test_every_ruling_that_is_not_plain_gives_its_reason() -> None:
    """Only unanimous agreement needs no words."""
    for opinions in itertools.product(Opinion, repeat=3):
        words = {n: said(n, o) for n, o in zip(WITNESSES, opinions, strict=True)}
        ruling = rule(words)
        assert ruling.message or ruling.verdict == Verdict.VERIFIED


def test_on_a_kink_torch_does_not_refute_another_subgradient() -> None:
    """Where finite differences see a kink, the choice of autograd is one of several."""
    words = {
        "numeric": said("numeric", COARSE, at_kink=True),
        "autograd": said("autograd", DIFFERS),
        "reference": said("reference", DIFFERS),
    }
    ruling = rule(words)
    assert ruling.verdict == Verdict.UNDECIDED
    assert "kink" in ruling.message


def test_the_reference_has_no_vote_if_its_forward_is_another_function() -> None:
    """The gradient of another function is no evidence."""
    assert ruled(ABSENT, ABSENT, DIFFERS, same_forward=False) == Verdict.UNDECIDED
    assert ruled(AGREES, AGREES, DIFFERS, same_forward=False) == Verdict.VERIFIED


def test_what_autograd_sees_below_the_resolution_of_finite_differences_is_not_overruled() -> None:
    """They cannot vouch for a difference that they could not have seen."""
    words = {
        "numeric": said("numeric", AGREES, resolution=1e-8),
        "autograd": said("autograd", DIFFERS, error=1e-9),
    }
    assert rule(words).verdict == Verdict.UNDECIDED


def test_a_forward_that_autograd_cannot_follow_is_noted() -> None:
    """The claim is right and the reader learns why autograd thought otherwise."""
    words = {"numeric": said("numeric", AGREES), "autograd": said("autograd", DIFFERS)}
    assert "cannot see part of this forward" in rule(words).message


def test_witnesses_are_listed_in_words() -> None:
    """The sentence reads with one, two and three witnesses."""
    three = {name: said(name, DIFFERS) for name in WITNESSES}
    assert rule(three).message == (
        "finite differences, autograd and torch's counterpart contradict the backward"
    )
    assert rule({"autograd": said("autograd", DIFFERS)}).message == (
        "autograd contradicts the backward"
    )

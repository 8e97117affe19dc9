"""How small an error could have been seen: who sees best, and whether that was asked for."""

from __future__ import annotations

import pytest

from gradcheck.comparison import Comparison, Opinion
from gradcheck.diagnosis.culprit import Ruling
from gradcheck.diagnosis.sharpness import as_fine_as_asked, finest
from gradcheck.records import Verdict
from gradcheck.witnesses.numeric.aim import Aim

VERIFIED = Ruling(Verdict.VERIFIED, "the point lies on a kink")


def heard(opinion: Opinion = Opinion.AGREES, **resolutions: float | None) -> dict[str, Comparison]:
    """These witnesses, all of this opinion."""
    return {
        witness: Comparison(witness, opinion, resolution=resolution)
        for witness, resolution in resolutions.items()
    }


def test_whoever_sees_best_sets_the_resolution() -> None:
    """What one overlooks the other would have noticed."""
    assert finest(heard(numeric=1e-9, autograd=1e-12)) == (1e-12, "autograd")
    assert finest(heard(numeric=1e-13, autograd=1e-12)) == (1e-13, "numeric")


def test_who_was_not_there_saw_nothing() -> None:
    """Neither an absent witness nor one without a figure counts."""
    silent = heard(Opinion.ABSENT, reference=1e-15)
    assert finest(silent) == (None, "")
    assert finest(silent | heard(numeric=1e-9, autograd=None)) == (1e-9, "numeric")
    assert finest({}) == (None, "")


@pytest.mark.parametrize("asked", [None, 1e-9, 1e-3])
def test_what_is_as_fine_as_asked_stays_as_it_was_ruled(asked: float | None) -> None:
    """At exactly the size that was asked for, too."""
    assert as_fine_as_asked(VERIFIED, heard(numeric=1e-9), Aim(asked)) is VERIFIED


@pytest.mark.parametrize("verdict", [Verdict.REFUTED, Verdict.UNDECIDED])
def test_only_what_is_verified_can_be_verified_too_coarsely(verdict: Verdict) -> None:
    """A refutation stands however blunt, and what is open has its own reason."""
    ruling = Ruling(verdict, "why")
    assert as_fine_as_asked(ruling, heard(numeric=1e-3), Aim(1e-9)) is ruling


def test_finite_differences_say_what_would_help() -> None:
    """Another witness, other inputs, or less certainty."""
    ruling = as_fine_as_asked(VERIFIED, heard(numeric=2e-7), Aim(1e-9, miss_probability=1e-6))
    assert ruling == Ruling(
        Verdict.UNDECIDED,
        "nothing speaks against it, but an error of 1e-09 was asked to show, and 2.0e-07 is the "
        "smallest that would have: float64 outputs leave finite differences no more; ask autograd "
        "or the reference too, inputs nearer to one, or a larger chance of a miss than 1e-06",
    )


def test_a_comparison_of_rounded_numbers_can_be_no_sharper() -> None:
    """Nothing helps where autograd sees best."""
    said = heard(numeric=2e-7, autograd=9e-13)
    ruling = as_fine_as_asked(VERIFIED, said, Aim(1e-15))
    assert ruling.verdict == Verdict.UNDECIDED
    assert ruling.message.endswith(
        "9.0e-13 is the smallest that would have: that is as far as the rounding of float64 lets "
        "two right gradients differ"
    )


def test_without_any_figure_nothing_is_as_fine_as_asked() -> None:
    """Who cannot say what would have shown has not answered the question."""
    ruling = as_fine_as_asked(VERIFIED, heard(autograd=None), Aim(1e-9))
    assert ruling.verdict == Verdict.UNDECIDED

"""The first cause named is the one that a person wrote down beside the mutant."""

from __future__ import annotations

import pytest

from tests.causes.board import Answer, answer, mutants, table
from tests.causes.mutant import Mutant

ALL = mutants()
CODES = sorted({mutant.cause for mutant in ALL} - {"unknown", "wrong_forward"})
RIGHT, MISLEADING = 0.95, 0.01


def first_of(code: str) -> Mutant:
    """Return a mutant with this cause that causes were developed on."""
    return next(m for m in ALL if m.cause == code and not m.held_out)


@pytest.mark.parametrize("code", CODES)
def test_a_mutant_of_each_code_is_named_so(code: str) -> None:
    """One of each, of whatever family."""
    found = answer(first_of(code))
    assert (found.verdict, found.cause) == ("refuted", code), found.message


def test_there_are_enough_mutants_of_every_family() -> None:
    """A hundred at least, a quarter of them held out, and none named twice."""
    assert len(ALL) >= 100
    assert sum(mutant.held_out for mutant in ALL) >= len(ALL) // 4
    assert len({(mutant.family, mutant.name) for mutant in ALL}) == len(ALL)


def test_the_table_counts_right_unknown_and_misleading() -> None:
    """An unknown cause misleads nobody; another one does."""
    mutant = first_of("sign")
    answers = [Answer(mutant, "refuted", cause, "") for cause in ("sign", "unknown", "zero")]
    assert table(answers).splitlines()[-1].split() == ["all", "3", "1", "1", "1"]


@pytest.mark.proof
def test_nearly_all_first_causes_are_right_and_hardly_any_misleads() -> None:
    """Over all mutants, those held out included."""
    answers = [answer(mutant) for mutant in ALL]
    assert sum(a.right for a in answers) >= RIGHT * len(answers), table(answers)
    assert sum(a.misleading for a in answers) <= MISLEADING * len(answers), table(answers)

"""Torch's own operators, real and complex, of first and of second order: right and wrong by 1e-5.

    python -m pytest -m proof tests/proofs/test_operators.py -s

A few of them stay in the ordinary suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.proofs.operators.drawing import Operator
from tests.proofs.operators.trials import (
    COMPLEX,
    REAL,
    Answer,
    Task,
    answer,
    first_order,
    quiet,
    second_order,
    tally,
)

ALL = (*REAL, *COMPLEX)
ENOUGH, MOST_UNDECIDED, LEAST_REFUTED = 150, 0.03, 0.98
QUICK = ("sin", "floor", "prod with zeros", "sort", "masked_scatter", "solve", "conv2d", "ctc_loss")
Orders = Callable[[Iterable[Operator]], Iterator[Task]]


def named(names: Iterable[str]) -> list[Operator]:
    """Some of them."""
    wanted = set(names)
    return [one for one in ALL if one.name in wanted]


def test_there_are_enough_operators() -> None:
    """At least so many, none of them twice."""
    assert len({one.name for one in ALL}) == len(ALL)
    assert len(REAL) >= ENOUGH
    assert len(named(QUICK)) == len(QUICK)


@pytest.mark.parametrize("name", QUICK)
def test_an_operator_is_verified_and_its_tilted_gradient_refuted(name: str) -> None:
    """Of those that are quick, one of each kind."""
    (task,) = first_order(named([name]))
    with quiet():
        assert answer(task) == Answer.VERIFIED
        assert not task.has_gradient or answer(task, wrong=True) == Answer.REFUTED


@pytest.mark.proof
@pytest.mark.parametrize("order", [first_order, second_order])
@pytest.mark.parametrize("operators", [REAL, COMPLEX], ids=["real", "complex"])
def test_no_operator_is_refuted_and_few_are_undecided(
    order: Orders, operators: tuple[Operator, ...]
) -> None:
    """What passes only within torch's tolerance counts as undecided."""
    with quiet():
        answers = {task.name: answer(task) for task in order(operators)}
    told = tally(answers)
    print(f"\n{order.__name__} of {len(answers)}:\n{told}")  # noqa: T201 the figures
    assert [name for name, said in answers.items() if said == Answer.REFUTED] == []
    open_ones = [n for n, s in answers.items() if s in {Answer.UNDECIDED, Answer.LOOSE}]
    assert len(open_ones) <= MOST_UNDECIDED * len(answers), open_ones


@pytest.mark.proof
@pytest.mark.parametrize("order", [first_order, second_order])
@pytest.mark.parametrize("operators", [REAL, COMPLEX], ids=["real", "complex"])
def test_a_gradient_wrong_by_1e_5_is_refuted(
    order: Orders, operators: tuple[Operator, ...]
) -> None:
    """In 98 of 100 that have one at all; of few elements, for each is told why it is wrong."""
    with quiet():
        tasks = [task for task in order(one.of_few() for one in operators) if task.has_gradient]
        answers = {task.name: answer(task, wrong=True) for task in tasks}
    print(f"\n{order.__name__} of {len(answers)}, wrong:\n{tally(answers)}")  # noqa: T201 the same
    missed = [name for name, said in answers.items() if said != Answer.REFUTED]
    assert len(answers) - len(missed) >= LEAST_REFUTED * len(answers), missed

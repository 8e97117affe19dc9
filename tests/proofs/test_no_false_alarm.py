"""A right backward is never refuted: whatever the layer, shape, dtype, scale and values, on kinks.

    python -m pytest -m proof --hypothesis-profile=proofs tests/proofs/test_no_false_alarm.py -s

prints how many were verified and how many stayed undecided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import gradcheck
from gradcheck.options import WITNESSES
from gradcheck.records import CONTRACTS, Verdict
from tests.proofs.correct import Correct, correct_cases

A_FEW = 75
# Of right backwards, all witnesses together leave fewer than one in a hundred open.
OPEN = 0.01


def verdict_on(
    case: Correct, seed: int, witnesses: Sequence[str], contracts: Sequence[str]
) -> Verdict:
    """Return any verdict but refuted; the explanation is the failure's text."""
    result = gradcheck.check(
        case.build(), *case.inputs, witnesses=witnesses, contracts=contracts, seed=seed
    )
    assert result.verdict != Verdict.REFUTED, result.explain()
    return result.verdict


@settings(max_examples=A_FEW)
@given(correct_cases(), st.integers(0, 1000))
def test_a_few_right_backwards_are_not_refuted_by_finite_differences(
    case: Correct, seed: int
) -> None:
    """The same property as below, on as many examples as every run can afford."""
    verdict_on(case, seed, ("numeric",), ())


@settings(max_examples=A_FEW)
@given(correct_cases(), st.integers(0, 1000))
def test_a_few_right_backwards_are_not_refuted_by_all_witnesses_and_contracts(
    case: Correct, seed: int
) -> None:
    """The same for all that a check asks."""
    verdict_on(case, seed, WITNESSES, CONTRACTS)


@pytest.mark.proof
def test_ten_thousand_right_backwards_are_not_refuted_by_finite_differences() -> None:
    """The numeric witness alone raises no false alarm."""
    count("numeric alone", ("numeric",), ())


@pytest.mark.proof
def test_ten_thousand_right_backwards_are_not_refuted_by_all_and_hardly_left_undecided() -> None:
    """Nor do all three with all contracts; fewer than one in a hundred stays undecided."""
    verdicts = count("all witnesses and contracts", WITNESSES, CONTRACTS)
    assert verdicts[Verdict.UNDECIDED] < OPEN * verdicts.total()


def count(who: str, witnesses: Sequence[str], contracts: Sequence[str]) -> Counter[Verdict]:
    """Draw as many cases as the profile says, and print and return how they were answered."""
    verdicts: Counter[Verdict] = Counter()

    @given(correct_cases(), st.integers(0, 1000))
    def each(case: Correct, seed: int) -> None:
        verdicts[verdict_on(case, seed, witnesses, contracts)] += 1

    each()
    told = ", ".join(f"{verdicts[verdict]:,} {verdict}" for verdict in Verdict)
    print(f"\n{who}: {verdicts.total():,} right backwards: {told}")  # noqa: T201 the figures
    return verdicts

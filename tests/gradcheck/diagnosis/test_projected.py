"""Causes: named where every direction supports them, unknown otherwise."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gradcheck.comparison import Projection
from gradcheck.diagnosis.projected import name_cause, times

SLOPES = st.floats(0.1, 100).flatmap(lambda x: st.sampled_from([x, -x]))


def scaled(factor: float, *slopes: float) -> tuple[Projection, ...]:
    """Claims that are this multiple of the truth."""
    return tuple(Projection(factor * slope, slope, 1e-12) for slope in slopes)


@given(SLOPES, SLOPES)
def test_a_claim_of_zeros_is_named_zero(first: float, second: float) -> None:
    """Nothing claimed although there is something."""
    assert name_cause(scaled(0.0, first, second)).code == "zero"


@given(SLOPES, SLOPES)
def test_the_opposite_sign_is_named_sign(first: float, second: float) -> None:
    """It is also a factor, but sign is the better word."""
    assert name_cause(scaled(-1.0, first, second)).code == "sign"


@given(st.sampled_from([0.25, 2.0, 3.0, -0.5, 1 / 12]), SLOPES, SLOPES)
def test_a_constant_multiple_is_named_factor_with_its_number(
    factor: float, first: float, second: float
) -> None:
    """The number is part of the evidence."""
    cause = name_cause(scaled(factor, first, second))
    assert cause.code == "factor"
    assert f"{factor:.6g} times" in cause.evidence


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1.00000001, "(1 + 1e-08) times"),
        (1.000001, "(1 + 1e-06) times"),
        (1 - 3e-9, "(1 - 3e-09) times"),
        (-1.0000002, "(-1 - 2e-07) times"),
        (1.0009, "1.0009 times"),
        (0.999, "0.999 times"),
    ],
)
def test_a_factor_near_one_is_told_with_the_digits_that_count(factor: float, words: str) -> None:
    """Nobody is told that the claim is once the truth."""
    assert times(factor) == words
    assert words in name_cause(scaled(factor, 1.5, -2.5)).evidence


def test_a_difference_that_is_no_multiple_is_not_called_a_factor_of_nearly_one() -> None:
    """One part in 1e10 more in one direction, and less in the other."""
    apart = (Projection(1 + 1e-10, 1.0, 1e-14), Projection(1 - 1e-10, 1.0, 1e-14))
    assert name_cause(apart).code == "unknown"
    within_bars = (Projection(1 + 1e-10, 1.0, 1e-10), Projection(0.5, 0.5, 1e-10))
    assert name_cause(within_bars).code == "unknown"


def test_ratios_that_differ_are_no_factor() -> None:
    """Two directions with two ratios: something else is wrong."""
    mixed = (*scaled(2.0, 1.0), *scaled(3.0, 1.0))
    assert name_cause(mixed).code == "unknown"


def test_one_direction_alone_proves_no_factor() -> None:
    """Any single number is some multiple of any other."""
    assert name_cause(scaled(2.0, 1.0)).code == "unknown"


def test_without_evidence_the_cause_is_unknown() -> None:
    """Nothing is guessed."""
    assert name_cause(()).code == "unknown"


def test_rounding_is_named_where_every_exact_witness_is_explained_by_it() -> None:
    """One that is not speaks of something else."""
    apart = (Projection(1.0, 1.0 + 1e-8, 1e-12), Projection(2.0, 2.0 - 1e-8, 1e-12))
    assert name_cause(apart, ["float32"]).code == "low_precision"
    assert "computes in float32" in name_cause(apart, ["float32", "float32"]).evidence
    assert name_cause(apart, ["float32", ""]).code == "unknown"
    assert name_cause(apart).code == "unknown"

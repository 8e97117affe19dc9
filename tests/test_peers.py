"""What torch's own check says of the same backwards: each row of the README's comparison."""

from __future__ import annotations

import pytest

import gradcheck
from gradcheck import Verdict
from tests import places
from tests.peers import PLACE, ROWS, Row, X, small_square, table, tanh_scaled_by, torch_passes


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words)
def test_torch_says_the_opposite_of_what_is_right(row: Row) -> None:
    """Fixed tolerances let the wrong ones through, and a step of 1e-6 drowns in float32."""
    assert gradcheck.check(row.pair, row.x).verdict == row.verdict
    assert torch_passes(row.pair, row.x) == (row.verdict == Verdict.REFUTED)


@pytest.mark.parametrize("right", [tanh_scaled_by(1.0), small_square(1.0)], ids=["tanh", "square"])
def test_the_same_functions_with_right_backwards_are_verified(right: gradcheck.Pair) -> None:
    """In float64 by both tools; from float32 inputs, too, the formula is checked in float64."""
    assert torch_passes(right, X)
    for x in (X, X.float()):
        assert gradcheck.check(right, x).verdict == Verdict.VERIFIED


def test_the_readme_has_the_table() -> None:
    """`python -m tests.peers` writes it."""
    assert all(row.words in table() for row in ROWS)
    assert places.written(PLACE) == table()

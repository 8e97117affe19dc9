"""The smallest mistake that a check notices, found by bisection over half powers of ten."""

from __future__ import annotations

import bisect
from collections.abc import Callable

import numpy as np
import pytest

from tests.benchmarks.board import Board, Row
from tests.benchmarks.cases import ELEMENT, Case, Mistake, linear
from tests.benchmarks.checkers import (
    CHECKERS,
    FLOAT64,
    REFUTED,
    VERIFIED,
    Checker,
    numeric_alone,
    torch_slow,
)

EXPONENTS = [half / 2 for half in range(-30, 1)]
KINDS: dict[Row, Callable[[float], Mistake]] = {
    Row.LEAF: lambda size: Mistake(leaf=size),
    Row.ELEMENT: lambda size: Mistake(element=size),
}


def subject(mistake: Mistake) -> Case:
    """Return a layer of 5,184 entries with this mistake."""
    return linear(64, 16, mistake)


def smallest(checker: Checker, mistake: Callable[[float], Mistake]) -> float | None:
    """Return the smallest size that is refuted, up to that of the gradient itself."""

    def noticed(exponent: float) -> bool:
        return checker(subject(mistake(10**exponent)), FLOAT64)() == REFUTED

    at = bisect.bisect_left(EXPONENTS, x=True, key=noticed)
    return 10 ** EXPONENTS[at] if at < len(EXPONENTS) else None


@pytest.mark.parametrize("name", [name for name in CHECKERS if name != "numdifftools"])
@pytest.mark.parametrize("row", KINDS, ids=["leaf", "element"])
def test_smallest_mistake_that_is_noticed(board: Board, row: Row, name: str) -> None:
    """Whatever refutes also without any mistake has noticed nothing."""
    checker = CHECKERS[name]
    if checker(subject(Mistake()), FLOAT64)() != VERIFIED:
        board.put(row, name, "refutes the right one")
        return
    found = smallest(checker, KINDS[row])
    board.put(row, name, "none up to 1" if found is None else f"{found:.0e}")


def test_one_element_in_five_thousand_is_refuted_by_finite_differences() -> None:
    """Off by a millionth of the gradient's norm, which torch's slow check accepts."""
    weight = _weight_gradient()
    mistake = Mistake(element=1e-6 * np.linalg.norm(weight) / abs(weight[ELEMENT]))
    assert numeric_alone(subject(mistake), FLOAT64)() == REFUTED
    assert torch_slow(subject(mistake), FLOAT64)() == VERIFIED


def _weight_gradient() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    case = subject(Mistake())
    g = np.random.default_rng(2).standard_normal((16, 64))
    gradient: np.ndarray[tuple[int, int], np.dtype[np.float64]] = case.backward(
        np, g, *case.leaves
    )[1]
    return gradient

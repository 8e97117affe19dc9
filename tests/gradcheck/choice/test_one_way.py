"""Graphs whose nodes are joined one way: what is right for symmetric ones alone is left open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcheck
from gradcheck.records import Verdict


class Convolved:
    """The features of a node's neighbours, added up."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W = np.random.default_rng(0).standard_normal((n_in, n_out))

    def forward(self, X: Any, A: Any) -> Any:
        """Refuses what is no graph, as the root of a degree does."""
        if (A.sum(axis=1) <= 0).any():
            raise ValueError("a node without neighbours")
        self.X, self.A = X, A
        return A @ X @ self.W

    def backward(self, g: Any) -> Any:
        """Of the features; the matrix is given."""
        self.dW = (self.A @ self.X).T @ g
        return self.A.T @ g @ self.W.T


class BothWays(Convolved):
    """Writes the matrix for its transpose."""

    def backward(self, g: Any) -> Any:
        """Right where both are the same."""
        self.A = self.A.T
        return super().backward(g)


class Doubled(Convolved):
    """Wrong anywhere."""

    def backward(self, g: Any) -> Any:
        """Twice as much."""
        return 2 * super().backward(g)


@pytest.mark.parametrize(
    ("layer", "verdict"),
    [
        (Convolved, Verdict.VERIFIED),
        (BothWays, Verdict.UNDECIDED),
        (Doubled, Verdict.REFUTED),
    ],
)
def test_what_is_right_for_symmetric_graphs_alone_is_left_open(
    layer: type, verdict: Verdict
) -> None:
    """Its author may mean no others."""
    assert gradcheck.check(layer).verdict == verdict


def test_no_gradient_of_who_is_joined_is_missed() -> None:
    """It is zeros and ones."""
    result = gradcheck.check(Convolved)
    assert "zeros and ones" in result.unverified["A"]

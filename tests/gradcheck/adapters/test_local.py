"""Local derivatives, and what they may be multiplied by."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcheck import check
from gradcheck.errors import BackwardError, ExerciseError


class Blocks:
    """Answers with a matrix for each column of a batch, as some engines do."""

    def forward(self, x: Any) -> Any:
        """Cut off what is below zero."""
        return np.maximum(x, 0)

    def gradient(self, x: Any) -> Any:
        """One matrix for each sample, at columns alone."""
        count, size = x.shape[:2]
        return np.tile(np.eye(size), (count, 1, 1)) * (x > 0)


def test_a_derivative_of_an_unknown_shape_is_no_wrong_gradient() -> None:
    """Nobody knows how its engine multiplies it: that refutes nothing."""
    x = np.random.default_rng(0).normal(size=(4, 3, 1))
    with pytest.raises(BackwardError, match="neither its input's nor a Jacobian's"):
        check(Blocks(), x)


def test_a_number_alone_is_no_leaf_and_that_is_said() -> None:
    """It came to an index that was out of range."""

    class Square:
        def forward(self, x: Any) -> Any:
            return x * x

        def derivative(self, x: Any) -> Any:
            return 2 * x

    with pytest.raises(ExerciseError, match="no floating-point input"):
        check(Square(), 0.7)

"""Layers of an engine: what is handed to them, and what is not taken for an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradcheck import check
from gradcheck.adapters import taped
from gradcheck.adapters.holders import holder_of
from gradcheck.errors import BackwardError


class Tensor:
    """A value of an engine."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers
        self.grad: Any = None


class Dot:
    """One backward for each input."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Keep both."""
        self.a, self.b = a.numbers, b.numbers
        return Tensor(self.a @ self.b)

    def backward1(self, grad: Any) -> Any:
        """That of the first."""
        return grad @ self.b.T

    def backward2(self, grad: Any) -> Any:
        """That of the second."""
        return self.a.T @ grad


def test_one_gradient_is_not_taken_for_that_of_two_inputs() -> None:
    """Both have twenty numbers, and the second backward would have the other's gradient."""
    with pytest.raises(BackwardError):
        check(Dot(), np.random.default_rng(0).normal(size=(4, 5)), np.ones((5, 4)))


def test_a_holder_is_known_by_what_it_shows() -> None:
    """Its numbers are those that it was given; a class without a gradient is none."""
    found = holder_of(Tensor)
    assert found is not None
    assert (found.data, found.grad) == ("numbers", "grad")
    assert holder_of(Dot) is None


def test_a_layer_is_known_by_the_values_that_it_speaks_of() -> None:
    """Its annotation names them."""
    assert taped.recognises(Dot)

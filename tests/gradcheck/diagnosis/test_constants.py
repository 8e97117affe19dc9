"""A gradient of zero: whether the backward writes it, or leaves what was there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcheck

Array = np.ndarray[Any, np.dtype[np.float64]]


class Forgetful:
    """A dense layer, of which the gradient of the bias is made, and then forgotten."""

    def __init__(self, n_in: int, n_out: int) -> None:
        self.W, self.b = np.ones((n_in, n_out)), np.zeros(n_out)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def forward(self, x: Array) -> Array:
        """Compute x W + b."""
        self.x = x
        return np.asarray(x @ self.W + self.b)

    def backward(self, dout: Array) -> Array:
        """Differentiate by the weight and the input."""
        self.dW = self.x.T @ dout
        return np.asarray(dout @ self.W.T)


class Mistaken(Forgetful):
    """The same, of which it is computed, as zero."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(n_in, n_out)
        self.db += 1

    def backward(self, dout: Array) -> Array:
        """Differentiate by the bias, too."""
        self.db = dout.sum(0) * 0
        return super().backward(dout)


@pytest.mark.parametrize(("layer", "never"), [(Forgetful, True), (Mistaken, False)])
def test_a_gradient_that_is_never_written_is_told_from_one_that_is_zero(
    layer: type[Forgetful], *, never: bool
) -> None:
    """The first wants a line, the second another formula."""
    (finding,) = gradcheck.check(layer).refutations
    assert (finding.leaf, finding.cause) == ("b", "zero")
    assert ("still the zero that it was" in finding.message) is never

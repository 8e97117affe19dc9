"""Large leaves: a check holds few tensors of their size at once, and calls the forward as often.

What it must hold: the caller's weight, the copy that is checked, what the backward claims for
each of two cotangents; and in a call of the object the weight that it is handed, the gradient that
it makes, and the copy of that which nobody writes to.  One more, for a moment.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck
import scratchnn
from tests.live import peak_of

LEAVES = 8
ROUNDED_TOO = 8  # of float64, twice as large as those of float32


def layer_of(dtype: torch.dtype) -> tuple[scratchnn.Linear, Tensor]:
    """Return a layer of 800,000 weights and its input."""
    return scratchnn.Linear(1000, 800, dtype=dtype), torch.randn(2, 1000, dtype=dtype)


def test_a_check_holds_eight_leaves_at_most() -> None:
    """All witnesses and all contracts together."""
    layer, x = layer_of(torch.float64)
    peak = peak_of(lambda: gradcheck.check(layer, x).raise_unless_verified(), layer.weight.data)
    assert peak <= LEAVES


def test_a_check_in_float32_holds_the_same_in_float64() -> None:
    """The formula is judged in float64, of which a tensor is twice as large."""
    layer, x = layer_of(torch.float32)
    peak = peak_of(lambda: gradcheck.check(layer, x).raise_unless_verified(), layer.weight.data)
    assert peak <= 2 * ROUNDED_TOO


def test_finite_differences_alone_hold_seven() -> None:
    """Two directions are a quarter of a leaf each, and so is their sum."""
    layer, x = layer_of(torch.float64)

    def check() -> None:
        gradcheck.check(layer, x, witnesses="numeric", contracts=()).raise_unless_verified()

    assert peak_of(check, layer.weight.data) <= LEAVES - 1


def test_forwards_do_not_grow_with_the_leaf() -> None:
    """As many at 800,000 weights as at eight."""
    calls = []

    class Counted(scratchnn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            calls.append(x)
            return super().forward(x)

    counts = []
    for sizes in ((4, 2), (1000, 800)):
        layer = Counted(*sizes, dtype=torch.float64)
        calls.clear()
        gradcheck.check(layer, torch.randn(2, sizes[0], dtype=torch.float64))
        counts.append(len(calls))
    assert counts[0] == pytest.approx(counts[1], abs=4)

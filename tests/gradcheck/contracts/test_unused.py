"""Unused: an output that nobody uses counts as one whose gradient is zero."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import Function

import gradcheck
from gradcheck.records import UNUSED

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


class Waves(Function):
    """Two outputs; torch hands None for the one that nobody uses."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        """Sine and cosine."""
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:
        """None is zero."""
        (x,) = ctx.saved_tensors
        sine, cosine = (torch.zeros_like(x) if grad is None else grad for grad in grads)
        return sine * x.cos() - cosine * x.sin()


class OnlyBoth(Waves):
    """Takes a gradient that is missing for the end of the graph."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:
        """Zero, where one is None."""
        return None if None in grads else Waves.backward(ctx, *grads)


class Failing(Waves):
    """Computes with None."""

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Multiply it."""
        (x,) = ctx.saved_tensors
        return grads[0] * x.cos() - grads[1] * x.sin()


class Layer(nn.Module):
    """Both outputs of a Function."""

    def __init__(self, function: type[Function]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Any:
        """Apply it."""
        return self.function.apply(2 * x)


@pytest.mark.parametrize("in_a_module", [False, True])
@pytest.mark.parametrize(
    ("function", "told"),
    [
        (Waves, ""),
        (OnlyBoth, "where only output 0 is used, the gradient of x is another than with zeros"),
        (Failing, "where only output 0 is used it fails: "),
    ],
)
def test_an_output_that_nobody_uses_counts_as_zeros(
    function: type[Function], told: str, *, in_a_module: bool
) -> None:
    """Nor makes the backward fail."""
    result = gradcheck.check(Layer(function) if in_a_module else function, X)
    (found,) = [finding for finding in result.findings if finding.check == UNUSED]
    assert told.replace(" x ", " input ") in found.message
    assert bool(found.cause) == bool(told)
    assert result.verdict == ("refuted" if told else "verified")


def test_what_has_one_output_is_not_asked() -> None:
    """Nobody could use another alone."""
    result = gradcheck.check(nn.Tanh(), X)
    assert UNUSED not in {*result.unverified, *(finding.check for finding in result.findings)}

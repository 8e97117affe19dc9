"""Frozen: the gradient of one leaf does not depend on whether another asks for its own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.records import FROZEN

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)
W = torch.linspace(0.5, 1.5, 12, dtype=torch.float64).reshape(4, 3)


class Linear(Function):
    """x Wᵀ; ``which`` input is asked about before the gradient of x is computed."""

    which = 0

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        """Keep both."""
        ctx.save_for_backward(x, weight)
        return x @ weight.T

    @classmethod
    def pulled(cls, ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Only what is needed."""
        x, weight = ctx.saved_tensors
        grad_input = grad_output @ weight if ctx.needs_input_grad[cls.which] else None
        return grad_input, grad_output.T @ x if ctx.needs_input_grad[1] else None

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Right."""
        return Linear.pulled(ctx, grad_output)


class Copied(Linear):
    """The line of the weight, copied, and its number forgotten."""

    which = 1

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Wrong for a frozen weight."""
        return Copied.pulled(ctx, grad_output)


class Failing(Linear):
    """Computes with what it did not need to compute."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """The second of two gradients, scaled by one that may be None."""
        grad_input, grad_weight = Linear.pulled(ctx, grad_output)
        return grad_input, grad_weight + 0 * grad_input.sum()  # type: ignore[operator,union-attr] # wrong


class Layer(torch.nn.Module):
    """A weight behind a Function."""

    def __init__(self, function: type[Function]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(W.clone())
        self.function = function

    def forward(self, x: Tensor) -> Any:
        """Apply it."""
        return self.function.apply(x, self.weight)


@pytest.mark.parametrize("in_a_module", [False, True])
@pytest.mark.parametrize(
    ("function", "told"),
    [
        (Linear, ""),
        (Copied, "with weight frozen, the gradient of input is missing"),
        (Failing, "frozen it fails: "),
    ],
)
def test_a_frozen_leaf_takes_no_gradient_away(
    function: type[Function], told: str, *, in_a_module: bool
) -> None:
    """Nor makes the backward fail."""
    result = gradcheck.check(Layer(function), X) if in_a_module else gradcheck.check(function, X, W)
    (found,) = [finding for finding in result.findings if finding.check == FROZEN]
    words = told if in_a_module else told.replace("input", "x")
    assert words in found.message
    assert bool(found.cause) == bool(told)
    assert result.verdict == ("refuted" if told else "verified")


def test_what_torch_differentiates_by_itself_is_not_asked() -> None:
    """Nobody has written what could be wrong."""
    result = gradcheck.check(torch.nn.Linear(3, 2), X.float())
    assert FROZEN not in {*result.unverified, *(finding.check for finding in result.findings)}


def test_a_weight_that_is_never_read_is_not_missed() -> None:
    """Torch returns None for it where the graph is small, which is a gradient of zero."""

    class Idle(Layer):
        def __init__(self, function: type[Function]) -> None:
            super().__init__(function)
            self.unread = torch.nn.Parameter(torch.ones(2))

    result = gradcheck.check(Idle(Linear), X)
    assert result.verdict == "verified", result.explain()
    assert FROZEN in {*(finding.check for finding in result.findings)}

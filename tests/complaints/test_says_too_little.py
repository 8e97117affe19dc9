"""Complaints that a failing check does not say what is wrong, where, or with which input."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.compat import GradcheckError
from gradcheck.compat import gradcheck as torchlike
from tests.complaints.functions import function, leaf


def test_pytorch_2710_only_false() -> None:
    """It returned False alone; the thread asks for the reason and the size of the error."""
    triple = function(lambda x: x * x, lambda g, x: 3 * x * g)
    with pytest.raises(GradcheckError) as refusal:
        torchlike(triple.apply, (leaf(3),))
    text = str(refusal.value)
    assert "input: the claimed gradient is 1.5 times the true one" in text
    assert "look at" in text
    assert "User.backward" in text


def test_pytorch_4355_grad_output_is_not_multiplied() -> None:
    """An activation whose backward forgets grad_output met a cryptic error."""

    def root(x: Tensor) -> Tensor:
        return torch.rsqrt(1 + torch.clamp(x, max=0) ** 2)

    isrlu = function(lambda x: x * root(x), lambda g, x: root(x) ** 3)
    finding = gradcheck.check(isrlu, leaf(4, 3)).findings[0]
    assert finding.cause == "ignores_cotangent"
    assert "it is not multiplied with grad_output" in finding.message


class Linear(torch.autograd.Function):
    """Three inputs, the last of which gets a mean for a sum."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return x W + b."""
        ctx.save_for_backward(x, weight)
        return x @ weight + bias

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Return all three."""
        x, weight = ctx.saved_tensors
        g = grad_outputs[0]
        return g @ weight.T, x.T @ g, g.mean(0)


def test_pytorch_48764_which_input() -> None:
    """The message said "the {}th input": its number was never filled in."""
    result = gradcheck.check(Linear, leaf(4, 3), leaf(3, 2), leaf(2))
    assert [f.leaf for f in result.findings if f.verdict == gradcheck.Verdict.REFUTED] == ["bias"]
    with pytest.raises(GradcheckError, match=r"input2: .* 0\.25 is 1/batch size"):
        torchlike(Linear.apply, (leaf(4, 3), leaf(3, 2), leaf(2)))

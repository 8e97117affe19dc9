"""The VJP as a function: its value is torch's gradient, and it can be differentiated again."""

from __future__ import annotations

import torch

import gradcheck
from gradcheck.modes.second_order import second


def test_its_value_is_the_gradient() -> None:
    """Of the weighted sum of all outputs."""
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    w = torch.randn(2, dtype=torch.float64, requires_grad=True)
    u = torch.randn(3, dtype=torch.float64)
    ours = second(torch.mv, 2)(x, w, u)
    theirs = torch.autograd.grad(torch.mv(x, w), (x, w), u)
    assert all(torch.equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_it_is_verified_by_its_inputs_and_by_its_cotangents() -> None:
    """Both are leaves, and the VJP is linear in the second."""
    x = torch.randn(4, dtype=torch.float64, requires_grad=True)
    u = torch.randn(4, dtype=torch.float64, requires_grad=True)
    result = gradcheck.check(second(torch.exp, 1), x, u)
    assert result.verdict == gradcheck.Verdict.VERIFIED
    assert {finding.leaf for finding in result.findings if finding.check == "gradient"} == {
        "input0",
        "input1",
    }
    assert result.target == "the VJP of exp"

"""The VJP as a function: its value is torch's gradient, and it can be differentiated again."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

import gradcheck
from gradcheck import Verdict
from gradcheck.errors import CommandError
from gradcheck.modes.second_order import second
from tests.cube import Cube

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64)


class CubeCutOff(Cube):
    """Right once; its own derivative is zero for torch."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """As an author writes who computes with raw numbers."""
        (x,) = ctx.saved_tensors
        return 3 * x.detach() ** 2 * grad_output


class CubeCutInHalf(Cube):
    """Right once; its own derivative is half of what it should be."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """One of two factors is cut off."""
        (x,) = ctx.saved_tensors
        return 3 * x * x.detach() * grad_output


class CubeOnce(Cube):
    """Says of itself that it can be differentiated once."""

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Right."""
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad_output


class Scaled(torch.nn.Module):
    """Weights in front of a Function."""

    def __init__(self, function: type[Function]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(0.5, 1.5, 6))
        self.function = function

    def forward(self, x: Tensor) -> Any:
        """Weigh, then apply."""
        return self.function.apply(x * self.weight)


def refuted(target: object, order: int) -> set[str | None]:
    """The leaves whose gradients are."""
    return {finding.leaf for finding in gradcheck.check(target, X, order=order).refutations}


def test_double_backward_is_verified_where_it_is_right() -> None:
    """By its input and its cotangent, beside the first order."""
    result = gradcheck.check(Cube, X, order=2)
    assert result.verdict == Verdict.VERIFIED
    assert {finding.leaf for finding in result.findings if finding.check == "gradient"} == {
        "input",
        "input (second order)",
        "grad_output (second order)",
    }


@pytest.mark.parametrize("wrong", [CubeCutOff, CubeCutInHalf])
def test_double_backward_is_refuted_where_it_is_wrong(wrong: type[Function]) -> None:
    """And only there: the first order of both is right."""
    assert refuted(wrong, order=1) == set()
    assert refuted(wrong, order=2) == {"input (second order)"}


def test_a_refutation_of_second_order_can_be_repeated() -> None:
    """The lines that are shown ask for it."""
    assert "order=2" in gradcheck.check(CubeCutOff, X, order=2, shrink=True).example


def test_a_module_is_asked_by_its_weights_too() -> None:
    """Torch's own checks never see them."""
    assert refuted(Scaled(Cube), order=2) == set()
    assert refuted(Scaled(CubeCutOff), order=2) == {"input (second order)", "weight (second order)"}


def test_who_can_be_differentiated_once_is_not_refuted() -> None:
    """Torch raises where somebody tries; the derivative is symmetric all the same."""
    result = gradcheck.check(CubeOnce, X, order=2)
    assert result.verdict == Verdict.VERIFIED
    assert "once_differentiable" in result.unverified["second order"]
    assert "symmetry" in {finding.check for finding in result.findings}


def test_there_is_no_third_order() -> None:
    """What is no choice is refused."""
    with pytest.raises(CommandError, match="choose 1, or 2"):
        gradcheck.check(Cube, X, order=3)


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

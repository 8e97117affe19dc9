"""Complaints that a wrong gradient passes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Verdict
from gradcheck.compat import GradcheckError
from gradcheck.compat import gradcheck as torchlike
from tests.complaints.functions import function, leaf


def doubled_in_place(grad_output: Tensor, _: Tensor) -> Tensor:
    """Right numbers, written over what the caller still holds."""
    return grad_output.mul_(2)


def test_pytorch_81417_a_backward_that_changes_grad_output() -> None:
    """It passes to this day; the thread, open since 2022, asks for a check."""
    double = function(lambda x: 2 * x, doubled_in_place)
    assert torch.autograd.gradcheck(double.apply, (leaf(3),))
    with pytest.raises(GradcheckError, match="purity: the backward writes to grad_output"):
        torchlike(double.apply, (leaf(3),))


def test_pytorch_pr_59615_fast_mode_accepts_a_completely_wrong_gradient() -> None:
    """A tolerance that grows with the size lets zeros stand for a small gradient."""
    small = function(lambda x: 1e-6 * x * x, lambda _, x: torch.zeros_like(x))
    assert torch.autograd.gradcheck(small.apply, (leaf(30),), fast_mode=True)
    with pytest.raises(GradcheckError, match="the claimed gradient is zero, the true one is not"):
        torchlike(small.apply, (leaf(30),), fast_mode=True)


def without_the_first(grad_output: Tensor, x: Tensor) -> Tensor:
    """One element of many is zero."""
    gradient = 2 * x * grad_output
    gradient[0] = 0
    return gradient


def test_pytorch_pr_59615_nor_may_one_element_be_missing() -> None:
    """Among 2,000, fast mode does not see it."""
    square = function(lambda x: x * x, without_the_first)
    assert torch.autograd.gradcheck(square.apply, (leaf(2000),), fast_mode=True)
    with pytest.raises(GradcheckError, match="refuted"):
        torchlike(square.apply, (leaf(2000),), fast_mode=True)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.5, -1.0])
def test_chainer_3541_bad_gradients_pass(factor: float) -> None:
    """A refactoring of the checker ended all comparisons, and its tests did not notice."""
    square = function(lambda x: x * x, lambda g, x: factor * 2 * x * g)
    assert gradcheck.check(square, leaf(3)).verdict == Verdict.REFUTED


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e-9])
def test_glow_1559_a_backward_that_does_nothing_passes(scale: float) -> None:
    """Tolerances were wide beside the gradients that the tests met."""
    still = function(lambda x: scale * x.tanh(), lambda g, _: torch.zeros_like(g))
    finding = gradcheck.check(still, leaf(3)).findings[0]
    assert (finding.verdict, finding.cause) == (Verdict.REFUTED, "zero")


@pytest.mark.parametrize("size", [10, 1_000, 100_000])
def test_jax_3130_the_tolerance_grows_with_the_size(size: int) -> None:
    """It was multiplied with the number of outputs, though the sum runs over the inputs."""
    total = function(lambda x: x.sum(), lambda g, x: g.expand_as(x) * (1 + 1e-6))
    result = gradcheck.check(total, leaf(size))
    assert result.verdict == Verdict.REFUTED
    assert (result.findings[0].resolution or 1) < 1e-10

"""Complaints about points at which a function has a corner."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 torch's own custom

import gradcheck
from gradcheck import Verdict
from gradcheck.compat import LooseWarning
from gradcheck.compat import gradcheck as torchlike
from tests.complaints.functions import function


def at(*values: float) -> Tensor:
    """A leaf with these values."""
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("values", [(0.0, 0.0), (0.0, 1.0, -1.0)])
def test_pytorch_114234_relu_at_zero(values: tuple[float, ...]) -> None:
    """The difference is 0.5 there, and right is 0 or 1: it fails to this day."""
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(F.relu, (at(*values),))
    assert torchlike(F.relu, (at(*values),))


def test_pytorch_114234_in_memory_that_nobody_has_written() -> None:
    """The thread's input was uninitialised, some 1e-310: so small a leaf passes with a warning."""
    with pytest.warns(LooseWarning, match="its error bar allows no more than"):
        assert torchlike(F.relu, (at(1e-310, -1e-300),))


def pooled(x: Tensor) -> tuple[Tensor, Tensor]:
    """The thread's pooling, with its indices."""
    outputs: tuple[Tensor, Tensor] = F.max_pool1d(
        x.unsqueeze(0), 2, stride=2, padding=1, ceil_mode=True, return_indices=True
    )
    return outputs


def test_pytorch_114219_ties_of_max_pooling() -> None:
    """Two equal elements share a window: the gradient goes to one, the difference sees half."""
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(pooled, (at(1, 1, 1, 8),))
    assert torchlike(pooled, (at(1, 1, 1, 8),))


def test_kornia_pr_4184_ties_of_a_median() -> None:
    """Equal pixels made the check of a median filter fail by chance."""
    rows = torch.tensor([[1.0, 1, 0], [2, 1, 2]], dtype=torch.float64, requires_grad=True)
    assert torchlike(lambda x: x.median(1).values, (rows,))
    assert torchlike(lambda x: x.amax(1), (rows,))


def leaky(at_zero: float) -> object:
    """LeakyReLU that takes this slope at zero."""

    def backward(grad_output: Tensor, x: Tensor) -> Tensor:
        slope = torch.where(x > 0, torch.ones_like(x), torch.full_like(x, 0.1))
        return grad_output * torch.where(x == 0, torch.full_like(x, at_zero), slope)

    return function(lambda x: F.leaky_relu(x, 0.1), backward)


@pytest.mark.parametrize("slope", [0.1, 0.5, 1.0])
def test_tensorflow_62436_leaky_relu_at_zero(slope: float) -> None:
    """Which slope is right at zero was asked: any between the two, and the choice is named."""
    result = gradcheck.check(leaky(slope), at(0, 1, -1))
    assert result.verdict == Verdict.VERIFIED
    assert f"the backward takes {slope:g}, torch takes 0.1" in result.findings[0].message


@pytest.mark.parametrize("slope", [0.0, 2.0, -1.0])
def test_caffe_1334_a_kink_is_checked_by_its_subgradients(slope: float) -> None:
    """Open since 2014: estimate the slopes of both sides, and ask for a value between them."""
    finding = gradcheck.check(leaky(slope), at(0, 1, -1)).findings[0]
    assert (finding.verdict, finding.cause) == (Verdict.REFUTED, "kink")

"""A forward that reads one triangle means symmetric matrices: others decide nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.cases.plan import Call, Plan
from gradcheck.choice.symmetric import means_symmetric


class Root(Function):
    """Of a symmetric matrix: reads one triangle of any other."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        """Compute."""
        values, vectors = torch.linalg.eigh(a)
        roots = values.abs().sqrt()
        ctx.save_for_backward(roots, vectors)
        root: Tensor = vectors @ torch.diag_embed(roots) @ vectors.mT
        return root

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        roots, vectors = ctx.saved_tensors
        inner = vectors.mT @ grad_outputs[0] @ vectors
        return vectors @ (inner / (roots[..., None] + roots[..., None, :])) @ vectors.mT


class WrongRoot(Root):
    """Also for symmetric ones."""

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        return 2 * Root.backward(ctx, *grad_outputs)


class Inverse(Function):
    """Forgets to transpose: nobody sees it of a symmetric matrix."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        """Compute."""
        inverse: Tensor = torch.linalg.inv(a)
        ctx.save_for_backward(inverse)
        return inverse

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (inverse,) = ctx.saved_tensors
        return -inverse @ grad_outputs[0] @ inverse


class RightInverse(Inverse):
    """Of any matrix."""

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Differentiate."""
        (inverse,) = ctx.saved_tensors
        return -inverse.mT @ grad_outputs[0] @ inverse.mT


@pytest.mark.parametrize(
    ("target", "verdict"),
    [(Root, "undecided"), (WrongRoot, "refuted"), (Inverse, "refuted"), (RightInverse, "verified")],
)
def test_who_reads_one_triangle_and_is_right_for_symmetric_ones_is_undecided(
    target: Any, verdict: str
) -> None:
    """What is wrong for those is refuted, and who reads all of a matrix is held to all of it."""
    call = Call(Plan(("a",), {}, ((4, 4),)))
    assert means_symmetric(target, call) is (target is Root)
    result = gradcheck.check(target)
    assert result.verdict == verdict, result.explain()


def test_what_is_no_square_is_not_asked() -> None:
    """Nor what it takes for class indices."""
    call = Call(Plan(("a",), {}, ((4, 5),)))
    assert not means_symmetric(RightInverse, call)

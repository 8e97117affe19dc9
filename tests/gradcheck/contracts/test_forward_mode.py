"""Forward mode: a hand-written ``jvp`` is held against the backward beside it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import gradcheck
from gradcheck.records import FORWARD_MODE
from tests.cube import Cube

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64)


class CubeWithAWrongJvp(Cube):
    """The backward is right, and the factor of forward mode is not."""

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Any:
        """Wrong by a hundred-thousandth."""
        (x,) = ctx.saved_tensors
        return 3.00003 * x**2 * tangent


class CubeWithAWrongBackward(Cube):
    """The factor of the backward is wrong, that of forward mode is not."""

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Wrong."""
        (x,) = ctx.saved_tensors
        return 2 * x**2 * grad_output


def test_a_right_jvp_is_verified_beside_the_backward() -> None:
    """By the identity of the two, which takes no step."""
    result = gradcheck.check(Cube, X)
    assert result.verdict == gradcheck.Verdict.VERIFIED
    assert FORWARD_MODE in {finding.check for finding in result.findings}


def test_a_wrong_jvp_is_refuted() -> None:
    """And said to be what is wrong."""
    (found,) = gradcheck.check(CubeWithAWrongJvp, X).refutations
    assert found.check == FORWARD_MODE
    assert "its jvp is not the transpose of its backward, which is right" in found.message


def test_beside_a_wrong_backward_nothing_is_said_of_it() -> None:
    """One of the two is wrong, and it is known which."""
    result = gradcheck.check(CubeWithAWrongBackward, X)
    assert [finding.check for finding in result.refutations] == ["gradient"]
    assert "is not verified" in result.unverified[FORWARD_MODE]


def test_who_has_written_none_is_not_asked() -> None:
    """A Function without it is whole."""
    result = gradcheck.check(torch.nn.Linear(3, 2), torch.ones(4, 3))
    assert FORWARD_MODE not in result.unverified

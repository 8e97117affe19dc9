"""Forward and reverse mode are transposes of each other, whatever the function."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.errors import ExerciseError
from gradcheck.modes.forward_mode import Mismatch, adjoint_mismatch


@given(rows=st.integers(1, 4), columns=st.integers(1, 4), seed=st.integers(0, 2**20))
def test_torchs_own_modes_agree(rows: int, columns: int, seed: int) -> None:
    """For several inputs and outputs, one of them without a tangent."""
    x = torch.randn(rows, columns, dtype=torch.float64, requires_grad=True)
    w = torch.randn(columns, 2, dtype=torch.float64, requires_grad=True)
    found = adjoint_mismatch(lambda x, w: (x @ w, x.sin(), torch.ones(2)), (x, w), seed)
    assert found.agrees


def test_complex_inputs_are_two_real_ones() -> None:
    """Both modes speak of real and imaginary parts."""
    z = torch.randn(3, dtype=torch.complex128, requires_grad=True)
    assert adjoint_mismatch(lambda z: z * z.conj() + z**3, (z,), seed=0).agrees


def test_a_mismatch_that_is_no_number_does_not_agree() -> None:
    """NaN is not within any tolerance."""
    assert not Mismatch(float("nan"), 1.0, float("nan")).agrees


def test_what_has_no_forward_mode_says_so() -> None:
    """In one line."""

    class Plain(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: object, *grad_outputs: torch.Tensor) -> torch.Tensor:
            return grad_outputs[0] * 2

    with pytest.raises(ExerciseError, match="forward mode raised"):
        adjoint_mismatch(Plain.apply, (torch.ones(2, requires_grad=True),), seed=0)

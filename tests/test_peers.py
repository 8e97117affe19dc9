"""What torch's own check says of the same backwards: each row of the README's comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck

X = torch.linspace(-2, 2, 12, dtype=torch.float64)


def tanh_scaled_by(factor: float) -> gradcheck.Pair:
    """A tanh whose backward is off by a factor."""
    return gradcheck.Pair(torch.tanh, lambda g, x: factor * g * (1 - torch.tanh(x) ** 2))


def small_square(claim: float) -> gradcheck.Pair:
    """1e-6 x², whose gradient is claimed to be this many times the right one."""
    return gradcheck.Pair(lambda x: 1e-6 * x * x, lambda g, x: claim * 2e-6 * x * g)


def tanh_in_float32_inside() -> gradcheck.Pair:
    """A tanh whose backward computes in float32 and returns float64."""
    return gradcheck.Pair(
        torch.tanh, lambda g, x: (g.float() * (1 - torch.tanh(x.float()) ** 2)).double()
    )


def torch_passes(pair: gradcheck.Pair, x: Tensor) -> bool:
    """Whether torch.autograd.gradcheck, as it is called by default, accepts the pair."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return pair.forward(x)  # type: ignore[no-any-return]

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Tensor:
            return pair.backward(*grad_outputs, *ctx.saved_tensors)  # type: ignore[no-any-return]

    leaf = x.clone().requires_grad_()
    call: Callable[..., Any] = Function.apply
    return bool(torch.autograd.gradcheck(call, (leaf,), raise_exception=False))


@pytest.mark.parametrize(
    "wrong",
    [tanh_scaled_by(1.0009), tanh_scaled_by(1 + 1e-6), small_square(0.0), tanh_in_float32_inside()],
    ids=["1.0009 times", "1 + 1e-6 times", "zero for 1e-6 x squared", "float32 inside"],
)
def test_torch_passes_a_wrong_backward_that_is_refuted_here(wrong: gradcheck.Pair) -> None:
    """Its fixed absolute and relative tolerances let it through."""
    assert torch_passes(wrong, X)
    assert gradcheck.check(wrong, X).verdict == "refuted"


@pytest.mark.filterwarnings("ignore:Input .* requires gradient and is not a double")
@pytest.mark.parametrize("right", [tanh_scaled_by(1.0), small_square(1.0)], ids=["tanh", "square"])
def test_a_right_backward_is_verified_from_float32_inputs(right: gradcheck.Pair) -> None:
    """The formula is checked in float64, whatever the inputs are stored in."""
    assert gradcheck.check(right, X.float()).verdict == "verified"


@pytest.mark.filterwarnings("ignore:Input .* requires gradient and is not a double")
def test_torch_refuses_a_right_backward_in_float32() -> None:
    """Its step of 1e-6 drowns in float32 rounding."""
    assert torch_passes(tanh_scaled_by(1.0), X)
    assert not torch_passes(tanh_scaled_by(1.0), X.float())

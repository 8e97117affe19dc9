"""Linearity: what a backward may do with its cotangent, and what no scale may provoke."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import gradcheck
from gradcheck import Pair

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


def answer(forward: Callable[[Tensor], Tensor], backward: Callable[..., Tensor], x: Tensor) -> str:
    """What is said of linearity alone."""
    result = gradcheck.check(Pair(forward, backward), x, contracts=("linearity",))
    (finding,) = [finding for finding in result.findings if finding.is_contract]
    return finding.message or str(finding.verdict)


NONLINEAR: dict[str, tuple[Callable[..., Tensor], str]] = {
    "absolute": (lambda g, x: g.abs(), "does not change its sign"),
    "squared": (lambda g, x: g * g, "does not change its sign"),
    "rectified": (lambda g, x: g.clamp(min=0), "is not that of grad_output with the opposite sign"),
    "shifted": (lambda g, x: g + 1e-30, "is not zero for a grad_output of zeros"),
    "divided": (lambda g, x: g * g / g, "is not zero for a grad_output of zeros"),
    "clipped": (lambda g, x: g.clamp(-1e9, 1e9), "does not grow"),
    "clipped by norm": (lambda g, x: g / g.norm().clamp(min=1e6) * 1e6, "does not grow"),
    "thresholded": (lambda g, x: g * (g.abs() > 1e-9), "does not shrink"),
    "damped": (lambda g, x: g * g.abs().max() / (g.abs().max() + 1e-10), "does not shrink"),
    "masked": (lambda g, x: g * (g * g.flip(0) > 0), "is not the sum of both"),
    "signs": (lambda g, x: g.sign() * g.abs().amax(), "is not the sum of both"),
}


@pytest.mark.parametrize("name", NONLINEAR)
def test_what_is_not_linear_is_refuted(name: str) -> None:
    """At zero, by its sign, at 1e12, at 1e-12, or by a sum."""
    backward, told = NONLINEAR[name]
    assert told in answer(lambda x: x.clone(), backward, X)


@given(st.integers(-250, 250), st.integers(-250, 250))
def test_no_scale_of_inputs_and_outputs_raises_a_false_alarm(large: int, small: int) -> None:
    """What leaves the numbers of float64 on the way is not asked."""
    scale, unit = 2.0**large, 2.0**small
    assert answer(lambda x: x * scale, lambda g, x: g * scale, X * unit) == "verified"


@pytest.mark.parametrize("exponent", [-1000, 1000])
def test_what_no_float64_can_hold_is_not_asked_for(exponent: int) -> None:
    """A gradient of 1e301, times 1e12, is infinite in every right code."""
    scale = 2.0**exponent
    assert answer(lambda x: x * scale, lambda g, x: g * scale, X) == "verified"


def test_a_backward_that_rounds_is_not_taken_for_nonlinear() -> None:
    """Its numbers are refuted, or explained, by others."""
    assert answer(torch.sin, lambda g, x: (g.float() * x.cos().float()).double(), X) == "verified"


def test_a_gradient_that_is_zero_by_structure_is_rounding_at_every_scale() -> None:
    """Softmax sums to one: no two roundings of nothing agree."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        p = x.softmax(-1)
        g = g.expand_as(x)
        return p * (g - (g * p).sum(-1, keepdim=True))

    assert answer(lambda x: x.softmax(-1).sum(-1, keepdim=True), backward, X) == "verified"


LOWER = ["float32", "float16", "bfloat16"]


@pytest.mark.parametrize("dtype", LOWER)
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_a_forward_that_computes_in_less_is_judged_at_its_precision(
    dtype: str, scale: float
) -> None:
    """Sums are rounded, and 1e12 is infinite in float16: neither is a clipped gradient."""
    low = getattr(torch, dtype)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (g.to(low) * (1 - torch.tanh(x.to(low)) ** 2)).double()

    assert answer(lambda x: torch.tanh(x.to(low)).double(), backward, scale * X) == "verified"


def test_a_gradient_that_overflows_at_1e12_is_not_taken_for_a_clipped_one() -> None:
    """A constant output and a gradient of zeros tell no dtype, but float16 has no 1e12."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        u, p = g.half(), x.half().softmax(-1)
        return (p * (u - (u * p).sum(-1, keepdim=True))).double()

    assert answer(lambda x: x.half().softmax(-1).double(), backward, X[:, :1]) == "verified"


def test_what_a_saturated_softmax_leaves_in_less_is_rounding() -> None:
    """Its gradient is what rounding leaves of one minus itself."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        u, p = g.float(), x.float().softmax(-1)
        return (p * (u - (u * p).sum(-1, keepdim=True))).double()

    for distance in (13.0, 14.0, 15.0, 16.0):
        x = torch.tensor([[0.0, distance], [distance, 0.0]], dtype=torch.float64)
        assert answer(lambda x: x.float().softmax(-1).double(), backward, x) == "verified"


def test_the_dtype_of_a_forward_that_saturates_is_told_by_its_gradients() -> None:
    """Outputs of -1 answer to no move."""
    x = torch.tensor([[-4.7603, -3.3524]], dtype=torch.float64)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (g.bfloat16() * (1 - torch.tanh(x.bfloat16()) ** 2)).double()

    for seed in range(8):
        result = gradcheck.check(
            Pair(lambda x: torch.tanh(x.bfloat16()).double(), backward),
            x,
            contracts=("linearity",),
            seed=seed,
        )
        assert result.verdict != "refuted", result.explain()


@pytest.mark.parametrize("dtype", LOWER)
@pytest.mark.parametrize("name", ["absolute", "divided", "masked", "signs"])
def test_what_is_not_linear_is_refuted_through_a_cast(dtype: str, name: str) -> None:
    """By more than its rounding."""
    wrong, _ = NONLINEAR[name]
    low = getattr(torch, dtype)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return wrong(g.to(low), x).double()

    assert "the gradient of input" in answer(lambda x: x.to(low).double(), backward, X)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["clipped", "clipped by norm", "thresholded"])
def test_what_is_clipped_is_refuted_through_a_cast(dtype: str, name: str) -> None:
    """To a dtype whose range holds 1e12 as well."""
    wrong, told = NONLINEAR[name]
    low = getattr(torch, dtype)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (wrong(g.to(low), x) * (1 - torch.tanh(x.to(low)) ** 2)).double()

    assert told in answer(lambda x: torch.tanh(x.to(low)).double(), backward, X)


def test_a_backward_without_a_cotangent_is_not_asked() -> None:
    """There is nothing to scale."""

    class Loss:
        def forward(self, x: Tensor, target: Tensor) -> Tensor:
            self.x = x - target
            return (self.x**2).sum()

        def backward(self) -> Tensor:
            return 2 * self.x

    result = gradcheck.check(Loss(), X, X.flip(0), contracts=("linearity",))
    assert result.unverified["linearity"] == "the backward takes no cotangent"


def test_digits_lost_to_a_huge_grad_output_are_rounding() -> None:
    """The backward of a matrix exponential exponentiates both together: at 1e12 four are left."""
    x = torch.randn(5, 5, dtype=torch.float64, requires_grad=True)
    u = torch.randn(5, 5, dtype=torch.float64)
    plain, huge = (
        torch.autograd.grad(torch.matrix_exp(x), x, factor * u)[0] / factor
        for factor in (1.0, 2.0**40)
    )
    assert float((huge - plain).abs().max()) > 1e-9
    found = gradcheck.check(torch.matrix_exp, x, contracts=("linearity",))
    assert found.verdict == gradcheck.Verdict.VERIFIED


def test_a_slight_saturation_is_no_rounding() -> None:
    """It loses as few digits at 1e12, and the same ones at the next input."""

    def saturated(g: Tensor, x: Tensor) -> Tensor:
        return g * x.cos() / (1 + 1e-15 * g.abs())

    assert "does not grow" in answer(torch.sin, saturated, X)

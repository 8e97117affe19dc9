"""Forwards that cast to a lower dtype inside are answered at the precision that they have."""

from __future__ import annotations

import re
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.witnesses.slope import slope_of
from gradcheck.witnesses.staircase import overruled

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
DTYPE = st.sampled_from(sorted(DTYPES))
Backward = Callable[..., Tensor]

FORMULAS: dict[str, tuple[Callable[[Tensor], Tensor], Backward]] = {
    "tanh": (torch.tanh, lambda g, x: g * (1 - torch.tanh(x) ** 2)),
    "logistic": (
        lambda x: 1 / (1 + torch.exp(-x)),
        lambda g, x: g * torch.exp(-x) / (1 + torch.exp(-x)) ** 2,
    ),
    "square": (lambda x: x * x, lambda g, x: 2 * x * g),
    "mean square": (lambda x: (x * x).mean(), lambda g, x: 2 * g * x / x.numel()),
    "softmax": (
        lambda x: torch.softmax(x, -1),
        lambda g, x: torch.softmax(x, -1) * (g - (g * torch.softmax(x, -1)).sum(-1, keepdim=True)),
    ),
    "sum of rows": (lambda x: x.sum(0), lambda g, x: g.expand(x.shape).clone()),
}


def cast(name: str, dtype: str, *, factor: float = 1.0, back: bool = True) -> gradcheck.Pair:
    """A formula that computes in a dtype of its own."""
    forward, backward = FORMULAS[name]
    low = DTYPES[dtype]

    def returned(y: Tensor) -> Tensor:
        return y.double() if back else y

    return gradcheck.Pair(
        lambda x: returned(forward(x.to(low))),
        lambda g, x: factor * returned(backward(g.to(low), x.to(low))),
    )


def numbers(seed: int, rows: int, columns: int, scale: float = 1.0) -> Tensor:
    """Normal numbers."""
    draws = torch.Generator().manual_seed(seed)
    return scale * torch.randn(rows, columns, generator=draws, dtype=torch.float64)


@given(
    st.sampled_from(sorted(FORMULAS)),
    DTYPE,
    st.booleans(),
    st.tuples(st.integers(1, 12), st.integers(2, 8), st.sampled_from([0.1, 1.0, 4.0])),
    st.integers(0, 2**31),
)
def test_right_code_that_casts_inside_is_not_refuted(
    name: str, dtype: str, back: bool, shape: tuple[int, int, float], seed: int
) -> None:
    """Whatever it casts to, and whether it casts back."""
    x = numbers(seed, *shape)
    result = gradcheck.check(cast(name, dtype, back=back), x, seed=seed)
    assert result.verdict != "refuted", result.explain()


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_right_code_that_casts_inside_is_verified_at_its_precision(
    name: str, dtype: str, back: bool
) -> None:
    """The resolution is that of the dtype, and the reader is told."""
    result = gradcheck.check(cast(name, dtype, back=back), numbers(1, 8, 5))
    assert result.verdict == "verified", result.explain()
    assert f"the forward computes in {dtype} inside" in result.explain()
    assert result.resolution is not None
    assert 1e-7 < result.resolution < (1e-5 if dtype == "float32" else 1)


@pytest.mark.parametrize("back", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_a_formula_error_of_one_percent_is_refuted_through_a_cast(
    name: str, dtype: str, back: bool
) -> None:
    """Also in bfloat16, whose numbers are as far apart: over many elements rounding averages."""
    wrong = cast(name, dtype, factor=1.01, back=back)
    assert gradcheck.check(wrong, numbers(1, 8, 5)).verdict == "refuted"


def test_the_slope_is_told_in_the_message() -> None:
    """It is the only evidence: no element is off by more than rounding."""
    wrong = cast("tanh", "bfloat16", factor=1.02)
    (finding,) = gradcheck.check(wrong, numbers(1, 8, 5)).refutations
    told = (
        r"over all elements the claim is 1\.0[12]\d* times autograd's, computed in bfloat16 inside"
    )
    assert re.match(f"{told}; autograd contradicts the backward", finding.message)


def test_a_difference_that_no_rounding_explains_is_told_in_the_message() -> None:
    """Beside what rounding would explain."""
    right = cast("tanh", "bfloat16")

    def backward(g: Tensor, x: Tensor) -> Tensor:
        gradient: Tensor = right.backward(g, x)
        return gradient * (gradient < gradient.max())

    wrong = gradcheck.Pair(right.forward, backward)
    (finding,) = gradcheck.check(wrong, numbers(1, 8, 5), contracts=()).refutations
    assert re.match(
        r"the claim differs from autograd's by \de[+-]0\d, of which rounding in bfloat16 explains",
        finding.message,
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_saturated_outputs_tell_no_slope(dtype: str) -> None:
    """There 1 - y² in two roundings is not what torch makes of it in one."""
    right = cast("tanh", dtype)
    for seed in range(30):
        x = numbers(seed, 2, 3, 30.0)
        result = gradcheck.check(right, x, witnesses=("autograd",), contracts=(), seed=seed)
        assert result.verdict != "refuted", result.explain()


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_an_error_of_a_tenth_of_a_per_mille_is_refuted_through_float32(name: str) -> None:
    """A thousand times its rounding."""
    wrong = cast(name, "float32", factor=1.0001)
    assert gradcheck.check(wrong, numbers(1, 8, 5)).verdict == "refuted"


def test_a_long_sum_in_float32_is_not_refuted() -> None:
    """Row after row, where torch adds pairwise."""

    def one_by_one(g: Tensor, x: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        total = torch.zeros_like(bias, dtype=torch.float32)
        for row in g.float():
            total += row
        return g, total

    pair = gradcheck.Pair(lambda x, bias: x.float() + bias.float(), one_by_one)
    x, bias = numbers(1, 2000, 3), numbers(2, 1, 3)[0]
    result = gradcheck.check(pair, x, bias)
    assert result.verdict == "verified", result.explain()


class _Linear(scratchnn.Linear):
    """Computes in float32 whatever it is given; torch calls its counterpart Linear, too."""

    factor = 1.0

    def forward(self, x: Tensor) -> Tensor:
        assert self.bias is not None
        y = (x.float() @ self.weight.data.float().T + self.bias.data.float()).to(x.dtype)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        assert self.bias is not None
        (x,) = self.saved(grad_output)
        g = grad_output.float()
        self.weight.accumulate((self.factor * (g.T @ x.float())).to(x.dtype))
        self.bias.accumulate(grad_output.sum(0))
        return (g @ self.weight.data.float()).to(x.dtype)


def test_torchs_counterpart_is_compared_at_the_same_precision() -> None:
    """It computes in float64: neither the forward nor the gradients differ for that."""
    result = gradcheck.check(_Linear(5, 3), numbers(1, 8, 5))
    assert result.verdict == "verified", result.explain()
    opinions = {c.witness: c.opinion for f in result.findings for c in f.comparisons}
    assert opinions["reference"] == Opinion.AGREES


def test_a_wrong_parameter_gradient_is_refuted_through_a_cast() -> None:
    """By a tenth of a per mille, in one leaf of three."""
    wrong = _Linear(5, 3)
    wrong.factor = 1.0001
    result = gradcheck.check(wrong, numbers(1, 8, 5))
    assert [finding.leaf for finding in result.refutations] == ["weight"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_backward_alone_that_computes_in_less_is_refuted_and_the_dtype_named(dtype: str) -> None:
    """The forward is in float64, so the gradient should be."""
    low = DTYPES[dtype]
    pair = gradcheck.Pair(
        torch.tanh, lambda g, x: (g.to(low) * (1 - torch.tanh(x.to(low)) ** 2)).double()
    )
    result = gradcheck.check(pair, numbers(1, 5, 4))
    assert (result.verdict, result.cause) == ("refuted", "low_precision")
    assert f"the backward computes in {dtype}" in result.refutations[0].message


def test_the_slope_is_told_with_its_error() -> None:
    """Rounding to either side averages out; too few pairs tell nothing."""
    ones = torch.ones(4)
    deviation, error = slope_of([(1.01 * ones, ones), (0.99 * ones, ones)] * 50)
    assert abs(deviation) < 1e-6
    assert error == pytest.approx(1e-3, rel=0.01)
    assert slope_of([(2 * ones, ones)] * 3)[1] == float("inf")


def test_finite_differences_of_a_staircase_do_not_outvote_autograd() -> None:
    """But where they measure what is claimed, autograd may not see part of the forward."""
    autograd = Comparison("autograd", Opinion.DIFFERS, error=0.5, precision="float32")

    def opinion(claimed: float, measured: float, bar: float) -> Opinion:
        projections = (Projection(claimed, measured, bar),)
        numeric = Comparison("numeric", Opinion.COARSE, projections=projections)
        return overruled({"numeric": numeric, "autograd": autograd})["numeric"].opinion

    assert opinion(1.0, 1.001, 0.01) == Opinion.COARSE
    assert opinion(1.0, 1.5, 0.01) == Opinion.ABSENT
    assert opinion(1.0, 1.0, 10.0) == Opinion.ABSENT

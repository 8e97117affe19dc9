"""Rounding in a lower dtype: right code is let pass in every dtype, unstable code is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.errors import ExerciseError
from gradcheck.records import Finding
from gradcheck.witnesses.precision import DTYPES, GENEROUS, dtype_of, examine

DTYPE = st.sampled_from(sorted(DTYPES))
X = torch.linspace(-3, 3, 24, dtype=torch.float64).reshape(6, 4)


def softmax(x: Tensor) -> Tensor:
    """The stable formula."""
    powers = torch.exp(x - x.amax(-1, keepdim=True))
    return powers / powers.sum(-1, keepdim=True)


def softmax_backward(g: Tensor, x: Tensor) -> Tensor:
    """Its VJP."""
    y = softmax(x)
    return y * (g - (g * y).sum(-1, keepdim=True))


def normalise(x: Tensor) -> Tensor:
    """Layer normalisation without weights."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5)


def normalise_backward(g: Tensor, x: Tensor) -> Tensor:
    """Its VJP."""
    centred = x - x.mean(-1, keepdim=True)
    inverse = 1 / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-5)
    y = centred * inverse
    return inverse * (g - g.mean(-1, keepdim=True) - y * (g * y).mean(-1, keepdim=True))


def gelu(x: Tensor) -> Tensor:
    """The exact one."""
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def gelu_backward(g: Tensor, x: Tensor) -> Tensor:
    """Its VJP."""
    bell = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return g * (0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * bell)


def logistic(x: Tensor) -> Tensor:
    """The sigmoid as it is written most often."""
    return 1 / (1 + torch.exp(-x))


RIGHT: dict[str, Any] = {
    "softmax": gradcheck.Pair(softmax, softmax_backward),
    "torch softmax": gradcheck.Pair(lambda x: torch.softmax(x, -1), softmax_backward),
    "logsumexp": gradcheck.Pair(
        lambda x: torch.logsumexp(x, -1), lambda g, x: g[..., None] * softmax(x)
    ),
    "normalise": gradcheck.Pair(normalise, normalise_backward),
    "gelu": gradcheck.Pair(gelu, gelu_backward),
    "logistic": gradcheck.Pair(logistic, lambda g, x: g * logistic(x) * (1 - logistic(x))),
    "mean square": gradcheck.Pair(lambda x: (x * x).mean(), lambda g, x: 2 * g * x / x.numel()),
    "sum of rows": gradcheck.Pair(lambda x: x.sum(0), lambda g, x: g.expand(x.shape).clone()),
    "tanh": scratchnn.Tanh(),
    "sigmoid": scratchnn.Sigmoid(),
    "relu": scratchnn.ReLU(),
}


def rounding(target: Any, *inputs: Any, dtype: str, seed: int = 0) -> list[Comparison]:
    """What is found of each leaf in one dtype."""
    probe = take(adapt(target, inputs, {}), (seed,))
    positions = [i for i, claim in enumerate(probe.draws[0].claims) if claim is not None]
    return list(examine(probe, tuple(positions), dtype, "auto").values())


def rounding_findings(result: gradcheck.Result) -> list[Finding]:
    """The findings on rounding alone."""
    return [finding for finding in result.findings if finding.check == "rounding"]


def drawn(seed: int, exponent: int, *shape: int) -> Tensor:
    """Normal numbers of a scale."""
    draws = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draws, dtype=torch.float64) * 10.0**exponent


@given(
    st.sampled_from(sorted(RIGHT)),
    DTYPE,
    st.integers(-3, 3),
    st.tuples(st.integers(1, 40), st.integers(2, 30)),
    st.integers(0, 2**31),
)
def test_right_code_is_not_refuted_in_any_dtype(
    name: str, dtype: str, exponent: int, shape: tuple[int, int], seed: int
) -> None:
    """Stable formulas at any scale; in float16 where their squares stay within its range."""
    if dtype == "float16":
        exponent = max(-1, min(1, exponent))
    found = rounding(RIGHT[name], drawn(seed, exponent, *shape), dtype=dtype, seed=seed)
    assert found
    assert all(comparison.opinion == Opinion.AGREES for comparison in found), found


@given(DTYPE, st.integers(-2, 2), st.integers(1, 60), st.integers(1, 20), st.integers(0, 2**31))
def test_right_networks_are_not_refuted_in_any_dtype(
    dtype: str, exponent: int, rows: int, width: int, seed: int
) -> None:
    """Matrix products, ReLU masks that a rounding may flip, and every parameter."""
    torch.manual_seed(seed)
    layers = (scratchnn.Linear(width, 8), scratchnn.ReLU(), scratchnn.Linear(8, 3))
    network = scratchnn.Sequential(*layers, scratchnn.Tanh())
    found = rounding(network, drawn(seed, exponent, rows, width), dtype=dtype, seed=seed)
    assert len(found) == 5
    assert all(comparison.opinion == Opinion.AGREES for comparison in found), found


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_a_formula_error_of_one_percent_is_refuted_from_inputs_of_any_dtype(dtype: str) -> None:
    """The formula is judged in float64, where no rounding hides it."""
    pair = gradcheck.Pair(torch.tanh, lambda g, x: 1.01 * g * (1 - torch.tanh(x) ** 2))
    result = gradcheck.check(pair, X.to(DTYPES[dtype]))
    assert (result.verdict, result.cause) == ("refuted", "factor")
    assert not rounding_findings(result)


def overflowing(g: Tensor, x: Tensor) -> Tensor:
    """The derivative of the sigmoid from powers that overflow."""
    return g * torch.exp(x) / (1 + torch.exp(x)) ** 2


def cancelling(g: Tensor, x: Tensor) -> Tensor:
    """The sine as a difference of two cosines: the same function, with few digits left."""
    width = 1e-3
    return g * (torch.cos(x - width) - torch.cos(x + width)) / (2 * math.sin(width))


@pytest.mark.parametrize(
    ("forward", "backward", "x", "evidence"),
    [
        (torch.sigmoid, overflowing, 30 * X, "holds NaN or infinity, torch's own does not"),
        (lambda x: 1 - torch.cos(x), cancelling, X, "times torch's own, and"),
    ],
    ids=["overflow", "cancellation"],
)
def test_an_unstable_formula_is_named(
    forward: Callable[..., Tensor], backward: Callable[..., Tensor], x: Tensor, evidence: str
) -> None:
    """Right in float64, of no use in float32."""
    pair = gradcheck.Pair(forward, backward)
    assert gradcheck.check(pair, x).verdict == "verified"
    result = gradcheck.check(pair, x.float())
    assert (result.verdict, result.cause) == ("refuted", "low_precision")
    assert evidence in result.refutations[0].message
    assert result.refutations[0].check == "rounding"


def test_a_forward_that_overflows_is_held_against_it_if_torchs_does_not() -> None:
    """Torch's sigmoid is finite where exp(x) / (1 + exp(x)) is NaN."""

    class Sigmoid(scratchnn.Sigmoid):
        def forward(self, x: Tensor) -> Tensor:
            y = torch.exp(x) / (1 + torch.exp(x))
            self.save(y, output=y)
            return y

    result = gradcheck.check(Sigmoid(), (30 * X).float())
    assert result.cause == "low_precision"


def test_what_overflows_for_torch_as_well_is_held_against_nobody() -> None:
    """No float16 holds the sum of these squares."""
    pair = gradcheck.Pair(lambda x: (x**4).sum(), lambda g, x: 4 * g * x**3)
    result = gradcheck.check(pair, torch.full((3,), 100.0, dtype=torch.float16))
    assert result.verdict == "verified"
    assert result.unverified["rounding"].endswith("for torch as well")


def test_the_dtype_of_the_inputs_is_asked_about_unless_another_is_wanted() -> None:
    """float32 by default where the inputs are, nothing for float64."""

    def asked(x: Tensor, dtype: str | torch.dtype | None = None) -> set[str]:
        result = gradcheck.check(scratchnn.Tanh(), x, dtype=dtype)
        return {finding.comparisons[0].witness for finding in rounding_findings(result)}

    assert asked(X) == set()
    assert asked(X.float()) == {"torch in float32"}
    assert asked(X.float(), "float64") == set()
    assert asked(X, torch.bfloat16) == {"torch in bfloat16"}


def test_an_unknown_dtype_is_refused_with_those_that_are_known() -> None:
    """A typo is not silently float64."""
    with pytest.raises(gradcheck.CommandError, match=r"dtype=int8: choose from float64, float32"):
        gradcheck.check(scratchnn.Tanh(), X, dtype="int8")


def test_code_that_cannot_run_in_the_dtype_is_listed_with_the_reason() -> None:
    """A hard-coded float64 meets float32."""
    weight = torch.ones(4, 2, dtype=torch.float64)
    pair = gradcheck.Pair(lambda x: x @ weight, lambda g, x: g @ weight.T)
    result = gradcheck.check(pair, X.float())
    assert result.verdict == "verified"
    assert result.unverified["rounding"].startswith("in float32: pair.forward raised RuntimeError")


def test_inputs_beyond_the_range_of_the_dtype_are_not_asked_about() -> None:
    """1e9 is no float16."""
    with pytest.raises(ExerciseError, match="beyond its range"):
        rounding(scratchnn.ReLU(), X * 1e9, dtype="float16")


def test_numpy_code_is_judged_in_the_dtypes_that_numpy_has() -> None:
    """float16 is one, bfloat16 is none."""
    pair = gradcheck.Pair(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2))
    x = X.numpy()
    assert rounding_findings(gradcheck.check(pair, x.astype(np.float16)))
    result = gradcheck.check(pair, x, dtype="bfloat16")
    assert result.unverified["rounding"] == "in bfloat16: NumPy has no bfloat16"


def test_the_error_is_told_in_units_of_torchs_own() -> None:
    """In words, and in numbers whose ratio they are."""
    (found,) = rounding(scratchnn.Tanh(), X, dtype="bfloat16")
    assert found.error is not None
    assert found.yardstick is not None
    ratio = found.error / found.yardstick
    assert found.note == f"in bfloat16 the error is {ratio:.2g} times torch's own"
    assert found.resolution == pytest.approx(GENEROUS * found.yardstick)


def test_rounding_leaves_the_resolution_of_the_gradient_alone() -> None:
    """1e-2 in bfloat16 says nothing of how well the formula was resolved."""
    result = gradcheck.check(scratchnn.Tanh(), X.bfloat16())
    assert rounding_findings(result)
    assert result.resolution is not None
    assert result.resolution < 1e-9
    assert "rounding: at most" in result.explain()


def test_a_saturated_softmax_is_let_pass() -> None:
    """Its gradient is formed from an output of one: 1e-9 of it are lost, and are no mistake."""
    x = torch.tensor([[20.0, 0.0, -1.0]], dtype=torch.float64)
    for seed in range(5):
        (found,) = rounding(RIGHT["softmax"], x, dtype="float32", seed=seed)
        assert found.opinion == Opinion.AGREES, found


def test_the_dtype_of_inputs_is_that_of_the_first_floating_one() -> None:
    """Indices have none."""
    assert dtype_of([np.arange(3), np.ones(2, dtype=np.float32)]) == "float32"
    assert not dtype_of([3, torch.arange(3)])

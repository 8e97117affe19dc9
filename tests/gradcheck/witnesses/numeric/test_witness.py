"""The numeric witness alone: sharp on right claims, not fooled by wrong ones, cheap."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.pair import Pair
from gradcheck.witnesses.numeric.witness import examine


def word(forward: Callable[..., Tensor], backward: Callable[..., object], *x: Tensor) -> Comparison:
    """What the numeric witness says of the first leaf of a pair."""
    return words(forward, backward, *x)[0]


def words(
    forward: Callable[..., Tensor], backward: Callable[..., object], *x: Tensor
) -> dict[int, Comparison]:
    """What the numeric witness says of each leaf of a pair."""
    probe = take(adapt(Pair(forward, backward), x, {}), seeds=(11, 12))
    return examine(probe, tuple(range(len(x))))


def test_smooth_modules_are_verified_to_eleven_digits_in_24_forwards() -> None:
    """Finite differences alone see any relative error above 1e-10 in these, 1e-11 as a rule."""
    found = [
        comparison
        for name in ("Linear", "Tanh", "Sigmoid", "MSELoss")
        for seed in range(5)
        for finding in gradcheck.check(
            f"scratchnn.{name}", witnesses=("numeric",), seed=seed
        ).findings
        for comparison in finding.comparisons
        if comparison.witness == "numeric"
    ]
    assert {one.opinion for one in found} == {Opinion.AGREES}
    assert max(one.forwards for one in found) <= 24
    resolutions = sorted(one.resolution for one in found if one.resolution is not None)
    assert resolutions[len(resolutions) // 2] <= 1e-11
    assert resolutions[-1] <= 1e-10


@given(st.integers(-6, 9), st.integers(0, 1000))
def test_a_square_is_verified_at_every_scale(exponent: int, seed: int) -> None:
    """The step follows the leaf: from 1e-6 to 1e9 the answer is the same."""
    x = torch.randn(7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = word(torch.square, lambda g, x: 2 * x * g, x * 10.0**exponent)
    assert found.opinion == Opinion.AGREES


@given(st.integers(-9, 6), st.integers(0, 1000))
def test_a_logarithm_is_verified_at_every_scale(exponent: int, seed: int) -> None:
    """Near 1e-6 a step of fixed size would leave the domain."""
    x = torch.rand(7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.5
    found = word(torch.log, lambda g, x: g / x, x * 10.0**exponent)
    assert found.opinion == Opinion.AGREES


@given(st.floats(1e-30, 1e30), st.integers(0, 100))
def test_a_zero_backward_is_seen_however_small_the_gradient(factor: float, seed: int) -> None:
    """There is no absolute floor below which a gradient may be anything."""
    x = torch.randn(7, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = word(lambda x: factor * x * x, lambda g, x: 0 * g * x, x)
    assert found.opinion == Opinion.DIFFERS


@given(st.integers(0, 10_000), st.sampled_from([1 + 1e-6, 1 - 1e-6]))
def test_a_factor_one_millionth_off_is_seen(seed: int, factor: float) -> None:
    """Torch's own check lets 1.0009 pass."""
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    found = word(torch.tanh, lambda g, x: factor * g * (1 - torch.tanh(x) ** 2), x)
    assert found.opinion == Opinion.DIFFERS


@given(st.integers(0, 10_000))
def test_float32_arithmetic_inside_a_float64_backward_is_seen(seed: int) -> None:
    """A cast to float32 and back leaves an error of some 3e-8."""
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (g.float() * (1 - torch.tanh(x.float()) ** 2)).double()

    assert word(torch.tanh, backward, x).opinion == Opinion.DIFFERS


def test_one_wrong_element_among_thousands_is_seen() -> None:
    """An error of 1e-6 of the norm, in one of 5,184 elements."""
    x = torch.randn(72, 72, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    def backward(g: Tensor, x: Tensor) -> Tensor:
        gradient = g * (1 - torch.tanh(x) ** 2)
        gradient[40, 7] += 1e-6 * gradient.norm()
        return gradient

    assert word(torch.tanh, backward, x).opinion == Opinion.DIFFERS


def test_only_the_wrong_leaf_differs() -> None:
    """After a disagreement along the joint direction each leaf is looked at alone."""
    x, w, b = (torch.linspace(1, 2, 3, dtype=torch.float64) * k for k in (1, 2, 3))
    found = words(lambda x, w, b: x * w + b, lambda g, x, w, b: (g * w, g * x * 2, g), x, w, b)
    assert [found[p].opinion for p in range(3)] == ["agrees", "differs", "agrees"]


def test_a_small_gradient_beside_a_large_one_is_resolved_alone() -> None:
    """A leaf whose gradient drowns in the joint direction still gets its own resolution."""
    x, w = torch.ones(4, dtype=torch.float64), torch.ones(4, dtype=torch.float64)
    right = words(lambda x, w: 1e9 * x + w, lambda g, x, w: (1e9 * g, g), x, w)
    wrong = words(lambda x, w: 1e9 * x + w, lambda g, x, w: (1e9 * g, 1.1 * g), x, w)
    assert right[0].opinion == Opinion.AGREES
    assert right[1].opinion != Opinion.DIFFERS
    assert wrong[1].opinion != Opinion.AGREES


def test_a_gradient_that_is_zero_by_structure_agrees_with_zero_and_with_dust() -> None:
    """A shift before a normalisation cancels; its claim may be 0 or 1e-17."""
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    shift = torch.ones((), dtype=torch.float64)

    def forward(shift: Tensor) -> Tensor:
        y = x + shift
        return y - y.mean(dim=1, keepdim=True)

    for dust in (0.0, 1e-17, -3e-16):
        found = word(forward, lambda g, s, dust=dust: dust * torch.ones_like(s), shift)
        assert found.opinion == Opinion.AGREES


def test_forwards_are_counted_and_few() -> None:
    """A smooth leaf costs at most 24 forwards for both draws together."""
    x = torch.linspace(-1, 1, 30, dtype=torch.float64)
    found = word(torch.tanh, lambda g, x: g * (1 - torch.tanh(x) ** 2), x)
    assert found.forwards <= 24


@pytest.mark.parametrize("size", [1e-9, 1e-13, 1e-40])
@pytest.mark.parametrize(("factor", "opinion"), [(1.0, "agrees"), (2.0, "differs")])
def test_a_leaf_far_smaller_than_the_function_is_wide_is_moved_further(
    size: float, factor: float, opinion: str
) -> None:
    """Steps of the leaf's own size would drown in the rounding of an output of one half."""
    x = size * torch.linspace(1, 2, 5, dtype=torch.float64)
    s = torch.sigmoid
    assert word(s, lambda g, x: factor * g * s(x) * s(-x), x).opinion == opinion


def test_a_missing_bias_gradient_is_seen_beside_a_huge_output() -> None:
    """A bias of zeros says nothing of the size of the steps that would show."""
    x = torch.full((4,), 1e13, dtype=torch.float64)
    bias = torch.zeros(4, dtype=torch.float64)
    found = words(torch.add, lambda g, x, b: (g, 0 * g), x, bias)
    assert found[1].opinion == Opinion.DIFFERS


def test_a_wide_linear_layer_is_resolved_in_spite_of_its_long_sums() -> None:
    """A sum of 300 terms is noisier than one rounding of its result."""
    torch.manual_seed(0)
    layer = scratchnn.Linear(300, 300)
    result = gradcheck.check(layer, torch.randn(64, 300), witnesses=("numeric",))
    assert result.resolution is not None
    assert result.resolution < 1e-8


def test_a_staircase_is_not_taken_for_its_own_trend() -> None:
    """Rounded far away it looks like a slope of one; here, where it is asked, it is flat."""
    x = torch.tensor([1.3, -0.7, 0.8, 2.3], dtype=torch.float64)
    assert word(torch.round, lambda g, x: 0 * g, x).opinion == Opinion.AGREES

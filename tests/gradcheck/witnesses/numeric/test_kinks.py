"""On a kink: every subgradient is verified and named, every other claim differs."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch import Tensor

import gradcheck
from gradcheck import Pair, Result
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.witnesses.numeric.kinks import kinked_elements

ZEROS = torch.zeros(5)
SOME_ZEROS = torch.tensor([[0.0, 1.0, -2.0], [3.0, 0.0, -1.0]])
EDGES = torch.tensor([1.0, -1.0, 0.5, 2.0, -3.0])
TIES = torch.tensor([1.0, 1.0, 1.0, 5.0, -3.0])


def where_equal(x: Tensor, y: Tensor | float, here: float, elsewhere: Tensor) -> Tensor:
    """One value where two tensors are equal, another one elsewhere."""
    return torch.where(x == y, torch.full_like(x, here), elsewhere)


def relu(at_zero: float) -> Pair:
    """The rectifier."""
    return Pair(torch.relu, lambda g, x: g * where_equal(x, 0.0, at_zero, (x > 0).to(x.dtype)))


def absolute(at_zero: float) -> Pair:
    """The absolute value."""
    return Pair(torch.abs, lambda g, x: g * where_equal(x, 0.0, at_zero, x.sign()))


def leaky_relu(at_zero: float) -> Pair:
    """A rectifier that leaks a tenth."""
    return Pair(
        lambda x: torch.where(x > 0, x, 0.1 * x),
        lambda g, x: g * where_equal(x, 0.0, at_zero, 0.1 + 0.9 * (x > 0).to(x.dtype)),
    )


def clamp(at_edge: float) -> Pair:
    """Everything between minus one and one."""
    return Pair(
        lambda x: x.clamp(-1, 1),
        lambda g, x: g * where_equal(x.abs(), 1.0, at_edge, (x.abs() < 1).to(x.dtype)),
    )


def hinge(at_edge: float) -> Pair:
    """The mean of max(0, 1 - x): one number, whose cotangent cannot leave out what is kinked."""
    return Pair(
        lambda x: torch.relu(1 - x).mean(),
        lambda g, x: -g / x.numel() * where_equal(x, 1.0, at_edge, (x < 1).to(x.dtype)),
    )


def norm(at_zero: float) -> Pair:
    """The Euclidean norm, whose subgradients at zero fill the unit ball."""
    return Pair(
        torch.Tensor.norm,
        lambda g, x: g * (x / x.norm() if x.norm() > 0 else torch.full_like(x, at_zero)),
    )


def mean_distance(at_equality: float) -> Pair:
    """The mean absolute error."""
    return Pair(
        lambda x, t: (x - t).abs().mean(),
        lambda g, x, t: (g / x.numel() * where_equal(x, t, at_equality, (x - t).sign()), None),
    )


def median(index: int) -> Pair:
    """The median of equal numbers, its gradient given to one of them."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        gradient = torch.zeros_like(x)
        gradient[index] = g
        return gradient

    return Pair(torch.Tensor.median, backward)


def pool(shares: list[float]) -> Pair:
    """The largest of equal numbers, its gradient shared out."""
    return Pair(torch.Tensor.max, lambda g, x: g * torch.tensor(shares, dtype=x.dtype))


def larger(first: float, second: float) -> Pair:
    """The larger of two tensors, with these shares where they are equal."""
    return Pair(
        torch.maximum,
        lambda g, x, y: (
            g * where_equal(x, y, first, (x > y).to(x.dtype)),
            g * where_equal(x, y, second, (y > x).to(x.dtype)),
        ),
    )


def difference_of_distances(first: float, second: float) -> Pair:
    """|x| - |y|, neither convex nor concave: one-sided slopes alone say too little."""
    return Pair(
        lambda x, y: x.abs() - y.abs(),
        lambda g, x, y: (
            g * where_equal(x, 0.0, first, x.sign()),
            -g * where_equal(y, 0.0, second, y.sign()),
        ),
    )


def by_finite_differences(pair: Pair, *x: Tensor, seed: int = 0) -> Result:
    """What finite differences alone say."""
    return gradcheck.check(pair, *x, witnesses=("numeric",), contracts=(), seed=seed)


VALID: dict[str, tuple[Pair, tuple[Tensor, ...]]] = {
    "relu 0": (relu(0.0), (SOME_ZEROS,)),
    "relu 1": (relu(1.0), (SOME_ZEROS,)),
    "relu between": (relu(0.3), (SOME_ZEROS,)),
    "relu of nothing but zeros": (relu(0.0), (ZEROS,)),
    "relu of one zero": (relu(1.0), (ZEROS[:1],)),
    "leaky relu, left": (leaky_relu(0.1), (SOME_ZEROS,)),
    "leaky relu, right": (leaky_relu(1.0), (SOME_ZEROS,)),
    "abs 0": (absolute(0.0), (SOME_ZEROS,)),
    "abs -1": (absolute(-1.0), (SOME_ZEROS,)),
    "clamp, as torch": (clamp(1.0), (EDGES,)),
    "clamp, flat": (clamp(0.0), (EDGES,)),
    "hinge": (hinge(0.0), (EDGES,)),
    "norm 0": (norm(0.0), (ZEROS,)),
    "norm inside the ball": (norm(0.4), (ZEROS,)),
    "mean distance, all equal": (mean_distance(0.0), (EDGES, EDGES.clone())),
    "mean distance, some equal": (mean_distance(1.0), (EDGES, TIES)),
    "median, first": (median(0), (TIES,)),
    "median, last": (median(2), (TIES,)),
    "pool, first": (pool([1.0, 0.0, 0.0]), (torch.ones(3),)),
    "pool, shared": (pool([0.2, 0.3, 0.5]), (torch.ones(3),)),
    "larger, first": (larger(1.0, 0.0), (SOME_ZEROS, SOME_ZEROS.clone())),
    "larger, shared": (larger(0.5, 0.5), (SOME_ZEROS, SOME_ZEROS.clone())),
    "difference, torch's": (difference_of_distances(0.0, 0.0), (ZEROS, ZEROS)),
    "difference, of Clarke": (difference_of_distances(1.0, 1.0), (ZEROS, ZEROS)),
}

INVALID: dict[str, tuple[Pair, tuple[Tensor, ...]]] = {
    "relu 2": (relu(2.0), (SOME_ZEROS,)),
    "relu -1": (relu(-1.0), (SOME_ZEROS,)),
    "relu 2 of nothing but zeros": (relu(2.0), (ZEROS,)),
    "relu 2 of one zero": (relu(2.0), (ZEROS[:1],)),
    "leaky relu 0": (leaky_relu(0.0), (SOME_ZEROS,)),
    "abs 1.5": (absolute(1.5), (SOME_ZEROS,)),
    "clamp 2": (clamp(2.0), (EDGES,)),
    "hinge -1": (hinge(-1.0), (EDGES,)),
    "norm outside the ball": (norm(1.0), (ZEROS,)),
    "mean distance 2, all equal": (mean_distance(2.0), (EDGES, EDGES.clone())),
    "mean distance -1.5, some equal": (mean_distance(-1.5), (EDGES, TIES)),
    "median of another": (median(3), (TIES,)),
    "pool, everyone": (pool([1.0, 1.0, 1.0]), (torch.ones(3),)),
    "pool, nobody": (pool([0.0, 0.0, 0.0]), (torch.ones(3),)),
    "larger, both": (larger(1.0, 1.0), (SOME_ZEROS, SOME_ZEROS.clone())),
    "larger, neither": (larger(0.0, 0.0), (SOME_ZEROS, SOME_ZEROS.clone())),
    "difference 2": (difference_of_distances(2.0, 0.0), (ZEROS, ZEROS)),
}


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("seed", range(3))
def test_a_subgradient_is_verified(name: str, seed: int) -> None:
    """Whichever its author chose, by finite differences alone."""
    pair, x = VALID[name]
    result = by_finite_differences(pair, *x, seed=seed)
    assert result.verdict == "verified", result.explain()
    # Along two lines a median may look smooth, with the very gradient that is claimed.
    assert "kink" in result.findings[0].message or "median" in name


@pytest.mark.parametrize("name", VALID)
def test_a_subgradient_is_verified_also_where_torch_takes_another(name: str) -> None:
    """Torch's choice is one of several right ones."""
    pair, x = VALID[name]
    assert gradcheck.check(pair, *x, contracts=()).verdict == "verified"


@pytest.mark.parametrize("name", INVALID)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_no_subgradient_is_refuted(name: str, seed: int) -> None:
    """Also where only one element is wrong, or each share is right and their sum is not."""
    pair, x = INVALID[name]
    result = by_finite_differences(pair, *x, seed=seed)
    assert result.verdict == "refuted", result.explain()
    assert result.cause == "kink"


def test_the_convention_is_named_beside_torchs() -> None:
    """With the element, the slopes to both sides, and what each of the two takes."""
    (finding,) = gradcheck.check(relu(1.0), SOME_ZEROS.double(), contracts=()).findings
    assert finding.message == (
        "input[0, 0] lies on a kink: the slope is 0 to the left and 1 to the right, "
        "the backward takes 1, torch takes 0"
    )


@pytest.mark.parametrize("name", ["relu 1", "clamp, flat", "abs -1", "mean distance, some equal"])
def test_beside_the_kinks_all_is_seen_as_sharply_as_ever(name: str) -> None:
    """What lies on a kink is left out, so that its interval hides nothing else."""
    pair, x = VALID[name]
    result = by_finite_differences(pair, *x)
    assert result.resolution is not None
    assert result.resolution < 1e-10

    def off(g: Tensor, *x: Tensor) -> object:
        claimed = pair.backward(g, *x)
        first = claimed[0] if isinstance(claimed, tuple) else claimed
        wrong = first * (1 + 1e-6 * (x[0] != 0) * (x[0].abs() != 1))
        return (wrong, *claimed[1:]) if isinstance(claimed, tuple) else wrong

    assert by_finite_differences(Pair(pair.forward, off), *x).verdict == "refuted"


@given(st.sets(st.integers(0, 39), max_size=6), st.integers(0, 100))
def test_the_elements_on_a_kink_are_found(places: set[int], seed: int) -> None:
    """All of them and no other, by halving."""
    x = torch.randn(40, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x[sorted(places)] = 0.0
    probe = take(adapt(Pair(torch.relu, lambda g, x: g * (x > 0)), (x,), {}), seeds=(1,))
    assert set(kinked_elements(probe, 0).nonzero().flatten().tolist()) == places


@pytest.mark.parametrize(
    "forward",
    [lambda x: torch.sin(1e9 * x), lambda x: (1e12 * x).frac(), lambda x: (1e7 * x).round()],
    ids=["sine", "sawtooth", "staircase"],
)
@pytest.mark.parametrize("seed", range(5))
def test_chaos_is_not_taken_for_a_kink(forward: Callable[[Tensor], Tensor], seed: int) -> None:
    """Where there is no slope to either side nothing is refuted."""
    x = torch.linspace(-2, 2, 7, dtype=torch.float64)
    result = by_finite_differences(Pair(forward, lambda g, x: g), x, seed=seed)
    assert result.verdict != "refuted" or result.cause != "kink", result.explain()


@pytest.mark.parametrize("claimed", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("constant", [1e12, 1e15, 1e18])
@pytest.mark.parametrize("forward", [torch.abs, torch.relu])
def test_a_kink_that_a_constant_hides_is_not_taken_for_flat(
    forward: Callable[[Tensor], Tensor], constant: float, claimed: float
) -> None:
    """The rounding of the constant covers all slopes near the point, and it is no size of them."""
    pair = gradcheck.Pair(lambda x: forward(x) + constant, lambda g, x: claimed * g)
    result = gradcheck.check(pair, torch.zeros(4), witnesses="numeric", dtype=torch.float64)
    assert result.verdict == gradcheck.Verdict.UNDECIDED
    (finding,) = (found for found in result.findings if found.check == "gradient")
    assert finding.resolution is not None
    assert finding.resolution > 1


@pytest.mark.parametrize("constant", [1e12, 1e15])
def test_a_straight_line_that_a_constant_hides_is_seen_from_farther_off(constant: float) -> None:
    """Longer directions show its slope: the right one is verified, another refuted."""
    for claimed, verdict in ((1.0, gradcheck.Verdict.VERIFIED), (2.0, gradcheck.Verdict.REFUTED)):
        pair = gradcheck.Pair(lambda x: x + constant, lambda g, x, c=claimed: c * g)
        result = gradcheck.check(pair, torch.zeros(4), witnesses="numeric", contracts=())
        assert result.verdict == verdict

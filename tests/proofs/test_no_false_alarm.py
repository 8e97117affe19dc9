"""A right backward is never refuted: whatever the layer, the shape, the scale and the values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

import gradcheck
import scratchnn
from gradcheck.records import Verdict

FUNCTIONS: dict[str, gradcheck.Pair] = {
    "bell": gradcheck.Pair(
        lambda x: torch.exp(-x * x), lambda g, x: -2 * g * x * torch.exp(-x * x), "bell"
    ),
    "sin": gradcheck.Pair(torch.sin, lambda g, x: g * torch.cos(x), "sin"),
    "square": gradcheck.Pair(torch.square, lambda g, x: 2 * g * x, "square"),
    "abs": gradcheck.Pair(torch.abs, lambda g, x: g * torch.sign(x), "abs"),
    "cube sum": gradcheck.Pair(lambda x: (x**3).sum(), lambda g, x: 3 * g * x**2, "cube sum"),
    "log": gradcheck.Pair(
        lambda x: (x * x + 1e-12).log(), lambda g, x: 2 * g * x / (x * x + 1e-12), "log"
    ),
    "product": gradcheck.Pair(torch.mul, lambda g, x, y: (g * y, g * x), "product"),
}


@dataclass(frozen=True)
class Correct:
    """A right backward and the inputs to check it at; printed as one would write it."""

    build: Callable[[], Any]
    inputs: tuple[Tensor, ...]
    words: str

    def __repr__(self) -> str:
        """Name the case so that a failure can be repeated."""
        return self.words


@st.composite
def tensors(draw: st.DrawFn, shape: tuple[int, ...]) -> Tensor:
    """Normal numbers at any scale from 1e-6 to 1e9, some of them zero, tied or huge."""
    seed, exponent = draw(st.integers(0, 2**31)), draw(st.integers(-6, 9))
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    special = draw(st.sampled_from(["none", "zeros", "ties", "outlier"]))
    flat = values.reshape(-1)
    if special == "zeros":
        flat[::3] = 0.0
    elif special == "ties":
        flat[::2] = 1.0
    elif special == "outlier" and flat.numel():
        flat[0] = 1e3
    return values * 10.0**exponent


@st.composite
def correct_cases(draw: st.DrawFn) -> Correct:
    """Any layer or loss of scratchnn, or a plain function, with shapes and values that fit."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
    kind = draw(st.sampled_from(["linear", "activation", "loss", "network", *FUNCTIONS]))
    weights = draw(st.integers(0, 2**31))
    x = draw(tensors(shape))
    if kind == "linear":
        options = (shape[-1], draw(st.integers(1, 5)), draw(st.booleans()))
        return _seeded(weights, lambda: scratchnn.Linear(*options), (x,), f"Linear{options}")
    if kind == "activation":
        layer = draw(st.sampled_from([scratchnn.ReLU, scratchnn.Tanh, scratchnn.Sigmoid]))
        return _seeded(weights, layer, (x,), layer.__name__)
    if kind == "loss":
        loss = draw(st.sampled_from([scratchnn.MSELoss, scratchnn.L1Loss]))
        reduction = draw(st.sampled_from(["mean", "sum", "none"]))
        target = draw(tensors(shape))
        return _seeded(
            weights, lambda: loss(reduction=reduction), (x, target), f"{loss.__name__}({reduction})"
        )
    if kind == "network":
        return _seeded(weights, lambda: _network(shape[-1]), (x,), "network")
    inputs = (x, draw(tensors(shape))) if kind == "product" else (x,)
    return _seeded(weights, lambda: FUNCTIONS[kind], inputs, kind)


def _network(width: int) -> scratchnn.Sequential:
    layers = (scratchnn.Linear(width, 4), scratchnn.ReLU(), scratchnn.Linear(4, 3))
    return scratchnn.Sequential(*layers, scratchnn.Tanh(), scratchnn.Linear(3, 2))


def _seeded(seed: int, build: Callable[[], Any], inputs: tuple[Tensor, ...], words: str) -> Correct:
    def seeded() -> Any:
        torch.manual_seed(seed)
        return build()

    shapes = ", ".join(f"{tuple(x.shape)} of size {float(x.abs().max()):.3g}" for x in inputs)
    return Correct(seeded, inputs, f"{words}, weights {seed}, input {shapes}")


def assert_not_refuted(case: Correct, seed: int, witnesses: tuple[str, ...]) -> None:
    """Any verdict but refuted; the explanation is the failure's text."""
    result = gradcheck.check(case.build(), *case.inputs, witnesses=witnesses, seed=seed)
    assert result.verdict != Verdict.REFUTED, result.explain()


ALL = ("numeric", "autograd", "reference")


@settings(max_examples=150)
@given(correct_cases(), st.integers(0, 1000))
def test_a_few_right_backwards_are_not_refuted_by_finite_differences(
    case: Correct, seed: int
) -> None:
    """The same property as below, on as many examples as every run can afford."""
    assert_not_refuted(case, seed, ("numeric",))


@pytest.mark.proof
@given(correct_cases(), st.integers(0, 1000))
def test_ten_thousand_right_backwards_are_not_refuted_by_finite_differences(
    case: Correct, seed: int
) -> None:
    """The numeric witness alone raises no false alarm."""
    assert_not_refuted(case, seed, ("numeric",))


@pytest.mark.proof
@given(correct_cases(), st.integers(0, 1000))
def test_ten_thousand_right_backwards_are_not_refuted_by_all_witnesses(
    case: Correct, seed: int
) -> None:
    """Nor do all three together."""
    assert_not_refuted(case, seed, ALL)

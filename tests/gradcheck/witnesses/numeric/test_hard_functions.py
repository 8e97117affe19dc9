"""Functions of which a finite difference may be sure and wrong: this one is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.pair import Pair
from gradcheck.records import Verdict
from gradcheck.witnesses.numeric.witness import examine


def word(forward: Callable[..., Any], backward: Callable[..., Any], x: list[float]) -> Comparison:
    """What the numeric witness says."""
    leaf = torch.tensor(x, dtype=torch.float64)
    return examine(take(adapt(Pair(forward, backward), (leaf,), {}), seeds=(11, 12)), (0,))[0]


def sine_beside_square(x: Tensor) -> tuple[Tensor, Tensor]:
    """An output of one beside an output of 1e15."""
    return torch.sin(x), x * x


@pytest.mark.parametrize("x", [[-42869253.26], [867376.375, 4985843.0], [1e9]])
def test_an_oscillation_beside_a_huge_output_is_not_taken_for_its_rounding(x: list[float]) -> None:
    """The sine is far below the rounding of the square, and its slope counts all the same."""

    def backward(g: tuple[Tensor, Tensor], x: Tensor) -> Tensor:
        return g[0] * torch.cos(x) + 2 * g[1] * x

    assert word(sine_beside_square, backward, x).opinion == Opinion.AGREES
    without = word(sine_beside_square, lambda g, x: 2 * g[1] * x, x)
    assert without.opinion != Opinion.AGREES


@pytest.mark.parametrize("x", [3e12, 1e15])
def test_an_oscillation_below_all_steps_beside_a_huge_output_is_left_open(x: float) -> None:
    """No step resolves it, so neither a right nor a wrong claim is known to be it."""
    found = word(sine_beside_square, lambda g, x: g[0] * torch.cos(x) + 2 * g[1] * x, [x])
    assert found.opinion == Opinion.COARSE


def test_an_oscillation_is_not_taken_for_a_kink_that_the_claim_is_wrong_on() -> None:
    """Steps of the one element's size pass over whole periods of the other's sine."""
    leaf = torch.tensor([[[-872520.8222705594], [1448419615276.9355]]], dtype=torch.float64)
    right = Pair(sine_beside_square, lambda g, x: g[0] * torch.cos(x) + 2 * g[1] * x)
    result = gradcheck.check(right, leaf, witnesses=("numeric",), contracts=(), seed=855)
    assert result.verdict != Verdict.REFUTED


def test_a_staircase_that_a_curve_bends_has_the_noise_of_its_treads() -> None:
    """No common grain betrays the float32; that nothing moves under a nudge does."""
    draws = torch.Generator().manual_seed(3)
    weight = torch.randn(5, 3, generator=draws)

    def forward(x: Tensor) -> Tensor:
        return torch.tanh((x.reshape(4, 5).float() @ weight).double())

    def backward(factor: float) -> Callable[[Tensor, Tensor], Tensor]:
        return lambda g, x: (factor * g * (1 - forward(x) ** 2) @ weight.double().T).reshape(-1)

    x = torch.randn(20, generator=draws, dtype=torch.float64).tolist()
    right, wrong = (word(forward, backward(factor), x) for factor in (1.0, 1.1))
    assert right.opinion != Opinion.DIFFERS
    assert right.resolution is not None
    assert right.resolution < 0.1
    assert wrong.opinion == Opinion.DIFFERS


@pytest.mark.parametrize("x", [2.0**-20, -3 * 2.0**-23, 13 * 2.0**-23, 2.0**-6, 0.5])
def test_round_numbers_do_not_hide_the_rounding_inside(x: float) -> None:
    """Whole bits of exp(x) - 1 are rounded alike at all nudges, and the bar must know."""
    right = word(lambda x: torch.exp(x) - 1, lambda g, x: g * torch.exp(x), [x])
    assert right.opinion == Opinion.AGREES
    wrong = word(lambda x: torch.exp(x) - 1, lambda g, x: g * torch.exp(x) * (1 + 1e-4), [x])
    assert wrong.opinion == Opinion.DIFFERS


@pytest.mark.parametrize(
    "x",
    [
        [1e-3, 1.0, 2e3, 1e8],
        [6.6e-6, 26.7, 6e5, 6.2e-7, -4.5e5, -0.17],
        [-3e-6, 4e4, -7e7],
    ],
)
def test_a_logarithm_of_elements_of_all_sizes_is_judged_in_units_of_each(x: list[float]) -> None:
    """Steps that suit the large ones leap over the spike at the small ones."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return 2 * g * x / (x * x + 1e-12)

    assert word(lambda x: (x * x + 1e-12).log(), backward, x).opinion == Opinion.AGREES
    wrong = word(lambda x: (x * x + 1e-12).log(), lambda g, x: 1.001 * backward(g, x), x)
    assert wrong.opinion == Opinion.DIFFERS


@pytest.mark.parametrize("x", [[1e-3, 1.0, 2e3, 1e6], [1e-7, 0.4, 3e4], [2e-9, 7e5, -0.6]])
def test_a_sine_of_elements_of_all_sizes_is_never_refuted(x: list[float]) -> None:
    """An element that moves by its own size moves exactly by that."""
    found = word(torch.sin, lambda g, x: g * torch.cos(x), x)
    assert found.opinion != Opinion.DIFFERS

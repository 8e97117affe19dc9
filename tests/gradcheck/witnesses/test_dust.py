"""Dust: what cancelling terms leave excuses a difference of its size, and nothing else."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.cases.probe import take
from gradcheck.comparison import Comparison, Opinion
from gradcheck.pair import Pair
from gradcheck.records import Verdict
from gradcheck.witnesses.autograd import examine

EPSILON = 1e-5
PAIRS = ([20.0, 0.0], [15.4, -2.9], [[2.0, -1.0]])


def normalised(x: Tensor) -> Tensor:
    """Layer normalisation: of two elements always nearly ±1."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + EPSILON).sqrt()


def normalised_backward(g: Tensor, x: Tensor) -> Tensor:
    """The textbook's; of two elements its terms cancel but for the epsilon."""
    centred = x - x.mean(-1, keepdim=True)
    deviation = (centred.square().mean(-1, keepdim=True) + EPSILON).sqrt()
    y = centred / deviation
    return (g - g.mean(-1, keepdim=True) - y * (g * y).mean(-1, keepdim=True)) / deviation


def softmax_backward(g: Tensor, x: Tensor) -> Tensor:
    """The textbook's."""
    y = torch.softmax(x, -1)
    return y * (g - (g * y).sum(-1, keepdim=True))


def said_of(factor: float, x: list[float]) -> Comparison:
    """What autograd says of a multiple of the right backward."""
    pair = Pair(normalised, lambda g, x: factor * normalised_backward(g, x))
    inputs = (torch.tensor(x, dtype=torch.float64),)
    return examine(take(adapt(pair, inputs, {}), seeds=(5, 6)), (0,))[0]


def test_what_differs_by_dust_agrees_no_finer_than_the_dust() -> None:
    """Both are right, and the resolution says in how many digits that can be known."""
    found = said_of(1.0, [15.4, -2.9])
    assert found.opinion == Opinion.AGREES
    assert found.resolution is not None
    assert (found.error or 0.0) <= found.resolution <= 1e-6


@pytest.mark.parametrize("factor", [1 + 2e-6, 1 - 1e-5, 0.0])
def test_what_differs_by_more_than_dust_differs(factor: float) -> None:
    """A factor far below the noise of finite differences is seen all the same."""
    assert said_of(factor, [15.4, -2.9]).opinion == Opinion.DIFFERS


def test_a_small_gradient_without_dust_is_no_dust() -> None:
    """What a saturated sigmoid leaves is exact: there even a wrong ninth digit is none."""
    wrong = Pair(torch.sigmoid, lambda g, x: g * torch.sigmoid(x) * torch.sigmoid(-x) * (1 + 1e-9))
    x = torch.tensor([20.0, 25.0], dtype=torch.float64)
    assert examine(take(adapt(wrong, (x,), {}), seeds=(5,)), (0,))[0].opinion == Opinion.DIFFERS


@pytest.mark.parametrize("values", [*PAIRS, [[150.0, -80.0, 3.0], [-20.0, 220.0, 9.0]]])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_a_saturated_softmax_and_a_normalisation_of_two_are_verified(
    values: list[float], dtype: torch.dtype
) -> None:
    """By all witnesses and contracts: linearity asks no more digits than there are."""
    x = torch.tensor(values, dtype=dtype)
    for seed in range(3):
        for pair in (
            Pair(lambda x: torch.softmax(x, -1), softmax_backward),
            Pair(normalised, normalised_backward),
        ):
            result = gradcheck.check(pair, x, seed=seed)
            assert result.verdict == Verdict.VERIFIED, result.explain()


@pytest.mark.parametrize("seed", range(6))
def test_a_claim_that_is_dust_alone_is_not_refuted_by_a_constant_output(seed: int) -> None:
    """The angle of a doubled vector less that of the vector is zero, and so is its gradient."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    turned = gradcheck.Pair(
        lambda x: torch.atan2(2 * x.sin(), 2 * x.cos()) - torch.atan2(x.sin(), x.cos()),
        lambda g, x: g * (x.sin() ** 2 + x.cos() ** 2 - 1),
    )
    for values in (x, x[:, 0]):
        assert not gradcheck.check(turned, values, witnesses=("numeric",)).refutations


def test_a_tiny_claim_that_is_no_dust_is_refuted() -> None:
    """It is the same at the next input: somebody meant it."""
    tiny = gradcheck.Pair(lambda x: 1e-15 * x.sin(), lambda g, x: 2e-15 * g * x.cos())
    assert gradcheck.check(tiny, torch.randn(5), witnesses=("numeric",)).refutations


def test_amplified_dust_is_not_refuted() -> None:
    """A layer normalisation of one element: zero, plus last bits times 316."""
    x = torch.tensor([-0.6047], dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([-4.827], dtype=torch.float64, requires_grad=True)
    for seed in range(6):
        result = gradcheck.check(
            lambda x, w: torch.nn.functional.layer_norm(x, (1,), w), x, weight, seed=seed
        )
        assert result.verdict != Verdict.REFUTED

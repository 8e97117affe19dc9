"""Saturated softmaxes: what their rounding hides is no wrong second derivative."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradcheck import Pair, Verdict, check
from gradcheck.compat import GradcheckError, gradcheck, gradgradcheck
from gradcheck.modes.second_order import second

ONE_WINS = (
    [0.0, -30.0],
    [0.0, -37.0],
    [0.0, -39.6],
    [[5.0, -40.0, -36.5], [1.0, 2.0, 3.0]],
    [[150.0, -80.0, 3.0], [-20.0, 220.0, 9.0]],
)


def plain(x: Tensor) -> Tensor:
    """As it is."""
    return torch.softmax(x, -1)


def mixed(x: Tensor) -> Tensor:
    """A weighted mean of large numbers, as attention takes it."""
    return torch.softmax(x, -1) @ torch.tensor([100.0, -50.0, 30.0], dtype=x.dtype)[: x.shape[-1]]


@pytest.mark.filterwarnings("ignore::gradcheck.compat.LooseWarning")
@pytest.mark.parametrize(
    "function", [lambda x: torch.softmax(x, -1), mixed], ids=["plain", "mixed"]
)
@pytest.mark.parametrize("values", ONE_WINS, ids=str)
def test_the_second_derivative_of_a_saturated_softmax_passes(
    values: list[float], function: Callable[[Tensor], Tensor]
) -> None:
    """Its backward is a staircase of 1e-16 below slopes of 1e-13, or zero for all that moves."""
    assert gradgradcheck(function, (torch.tensor(values, dtype=torch.float64).requires_grad_(),))


@pytest.mark.filterwarnings("ignore::gradcheck.compat.LooseWarning")
@pytest.mark.parametrize("scale", [5.0, 9.0])
def test_nor_is_it_wrong_beside_large_outputs(scale: float) -> None:
    """As in attention, which returns its weights as well: they have gradients of 1e-17."""

    def attention(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        weights = torch.softmax(q @ k.mT, -1)
        return weights @ v, weights

    draws = torch.Generator().manual_seed(5)
    drawn = [scale * torch.randn(1, 3, 2, dtype=torch.float64, generator=draws) for _ in range(3)]
    assert gradgradcheck(attention, tuple(one.requires_grad_() for one in drawn))


@pytest.mark.parametrize("values", [[0.0, -16.0], [2.0, -60.0, 1.0]], ids=str)
def test_a_wrong_second_derivative_of_a_steep_softmax_is_refuted(values: list[float]) -> None:
    """Where the digits are there, they are asked for."""
    backward = second(plain, 1)

    def tilted(x: Tensor, u: Tensor) -> Tensor:
        (gradient,) = backward(x, u)
        return gradient + 1e-4 * (gradient - gradient.detach())

    x = torch.tensor(values, dtype=torch.float64).requires_grad_()
    u = torch.linspace(-1, 2, len(values), dtype=torch.float64).requires_grad_()
    with pytest.raises(GradcheckError, match="refuted"):
        gradcheck(tilted, (x, u))


def test_where_all_outputs_show_their_slope_a_tiny_claim_is_refuted() -> None:
    """Nothing is lost in 1e-30 tanh(x), nor where a relu has cut half of it off."""
    x = torch.tensor([0.3, -0.8, 1.2], dtype=torch.float64)
    tiny = Pair(lambda x: 1e-30 * torch.tanh(x), lambda g, x: 0.5e-30 * g / torch.cosh(x) ** 2)
    cut = Pair(lambda x: 1e-30 * torch.relu(x), lambda g, x: 0.5e-30 * g * (x > 0))
    for wrong in (tiny, cut):
        assert check(wrong, x, witnesses="numeric", contracts=()).verdict == Verdict.REFUTED

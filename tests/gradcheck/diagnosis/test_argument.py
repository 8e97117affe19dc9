"""Where a derivative is taken is told: at the input, the output, or what flows in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import gradcheck

X = torch.randn(4, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def leaky(x: Tensor) -> Tensor:
    """Leak a hundredth."""
    return torch.where(x > 0, x, 0.01 * x)


def slope(x: Tensor) -> Tensor:
    """Return its derivative."""
    return 0.01 + 0.99 * (x > 0).double()


@pytest.mark.parametrize(
    ("forward", "backward", "cause", "words"),
    [
        (leaky, lambda g, x: g * slope(g), "nonlinear_cotangent", "looks at grad_output"),
        (torch.sin, lambda g, x: g * g.cos(), "nonlinear_cotangent", "looks at grad_output"),
        (
            torch.sigmoid,
            lambda g, x: g * x * (1 - x),
            "derivative_argument",
            "with y in the place of x",
        ),
        (
            torch.tanh,
            lambda g, x: g * (1 - x.tanh().tanh() ** 2),
            "derivative_argument",
            "f'(f(x))",
        ),
    ],
)
def test_a_derivative_in_the_wrong_place_is_told(
    forward: Callable[..., Tensor], backward: Callable[..., Tensor], cause: str, words: str
) -> None:
    """In words that say what to put in its place."""
    result = gradcheck.check(gradcheck.Pair(forward, backward), X, contracts=())
    assert result.cause == cause
    assert words in result.refutations[0].message


def test_a_linear_function_has_no_place_for_its_derivative() -> None:
    """Any point is as good as another: what is wrong with it is another matter."""
    pair = gradcheck.Pair(lambda x: 3 * x, lambda g, x: 2 * g)
    assert gradcheck.check(pair, X, contracts=()).cause == "factor"

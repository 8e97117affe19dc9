"""A forward that clamps its input, and a backward that knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import gradcheck


def clamped(low: float, high: float) -> gradcheck.Pair:
    """Return a cube of what is clamped, with the slope of the clamped value everywhere."""

    def inside(x: Tensor) -> Tensor:
        return x.clamp(low, high)

    return gradcheck.Pair(lambda x: inside(x) ** 3, lambda g, x: g * 3 * inside(x) ** 2)


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [
        (-1.0, 1.0, "|input| is above 1:"),
        (1.0, torch.inf, "input is below 1:"),
        (-0.25, torch.inf, "input is below -0."),
        (-torch.inf, 0.75, "input is above 0."),
    ],
)
def test_where_it_is_wrong_is_said_and_that_it_is_right_elsewhere(
    low: float, high: float, where: str
) -> None:
    """It stays refuted: whether the outside is meant only its author can say."""
    result = gradcheck.check(clamped(low, high), torch.randn(8, 9))
    message = result.refutations[0].message
    assert where in message
    assert "there the true gradient is zero (a clamp?), and right at all others" in message


def test_at_inputs_inside_it_is_verified() -> None:
    """As the message says."""
    assert gradcheck.check(clamped(-1.0, 1.0), torch.rand(8, 9) - 0.5).passed


@pytest.mark.parametrize("forward", [torch.relu, lambda x: x.clamp(-1, 1) ** 3])
def test_no_clamp_is_named_where_the_rest_is_wrong_too(
    forward: Callable[[Tensor], Tensor],
) -> None:
    """A bound alone excuses nothing."""
    wrong = gradcheck.Pair(forward, lambda g, x: 0.5 * g * (x + 2))
    assert "a clamp?" not in gradcheck.check(wrong, torch.randn(8, 9)).explain()

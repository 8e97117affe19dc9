"""Axes are called wrong only where others are seen to be right."""

from __future__ import annotations

import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair

X = torch.linspace(-1.2, 1.4, 48, dtype=torch.float64).reshape(4, 4, 3).sin()
B = torch.tensor([0.5, -1.0, 2.0, 0.25], dtype=torch.float64)


def told(pair: Pair) -> str:
    """The message on the gradient of what is shared."""
    return next(one.message for one in gradcheck.check(pair, X, B).refutations if one.leaf == "b")


def test_a_sum_over_the_wrong_axes_is_named() -> None:
    """The bias is that of the second axis; the samples are as many."""

    def forward(x: Tensor, b: Tensor) -> Tensor:
        return x + b[:, None]

    def backward(u: Tensor, x: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        del x, b
        return u, u.sum((1, 2))

    assert "over axes 1, 2, which are not the axes to reduce" in told(Pair(forward, backward))


def test_the_right_axes_are_not_called_wrong_where_something_else_is() -> None:
    """Of a scale: the input is forgotten in the sum."""

    def forward(x: Tensor, b: Tensor) -> Tensor:
        return x * b[:, None]

    def backward(u: Tensor, x: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        del x
        return u * b[:, None], u.sum((0, 2))

    assert "not the axes" not in told(Pair(forward, backward))

"""Inputs of which one is stretched over the other are tried, where the backward sums."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target


class Product(Function):
    """Of two; torch sums a gradient that is larger than its input."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        """Multiply."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Exchange."""
        (grad,) = grads
        a, b = ctx.saved_tensors
        return grad * b, grad * a


class WrongProduct(Product):
    """Where one row was stretched over all, it takes their mean."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Right where both have one shape."""
        ga, gb = Product.backward(ctx, *grads)
        b = ctx.saved_tensors[1]
        return ga, gb if b.shape == gb.shape else gb.mean(0).view_as(b)


class Sum:
    """A layer that nobody meant to be stretched: its gradients have one shape."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Add."""
        return a + b

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor]:
        """Hand on."""
        return grad, grad.clone()


def labels(target: Any) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_a_gradient_of_what_was_stretched_is_a_sum() -> None:
    """A mean is seen only where one row stands for all."""
    assert "a (4, 5), b (1, 5)" in labels(Product)
    assert gradcheck.check(Product).verdict == "verified"
    found = gradcheck.check(WrongProduct)
    assert found.verdict == "refuted"
    refuted = [one.case for one in found.findings if one.verdict == "refuted"]
    assert refuted
    assert not any("b (4, 5)" in case for case in refuted)


def test_what_returns_gradients_of_one_shape_is_not_stretched() -> None:
    """Its author has not promised it."""
    assert labels(Sum) == ["input (4, 5), (4, 5)"]
    assert gradcheck.check(Sum).verdict == "verified"


class Cell:
    """Returns the gradient of a weight beside those of its inputs."""

    def __init__(self, n: int) -> None:
        self.W = torch.linspace(0.5, 1.5, n, dtype=torch.float64)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """Scale, and add."""
        self.x, self.h = x, h
        return x * self.W + h**2

    def backward(self, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of both inputs, and of the weight."""
        return grad * self.W, 2 * grad * self.h, (grad * self.x).sum(0)


def test_what_returns_the_gradient_of_a_weight_as_well_is_not_stretched() -> None:
    """It has the shape of the stretched input, and would be taken for its gradient."""
    assert labels(Cell) == ["n=5; input (4, 5), (4, 5)"]
    assert gradcheck.check(Cell).verdict == "verified"

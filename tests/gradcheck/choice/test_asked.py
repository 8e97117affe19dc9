"""What a source asks about the shape of its input is answered the other way as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

Array = NDArray[np.float64]


class Product(Function):
    """Rows, or steps of rows, times a weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        """Multiply."""
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """The weight's gradient is a sum over all that comes before the last axis."""
        (grad,) = grads
        x, w = ctx.saved_tensors
        if x.dim() > 2:
            return grad @ w.T, x.flatten(0, -2).T @ grad.flatten(0, -2)
        return grad @ w.T, x.T @ grad


class WrongProduct(Product):
    """Of steps, it takes the mean over the samples."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Right for rows."""
        x, _ = ctx.saved_tensors
        gx, gw = Product.backward(ctx, *grads)
        return gx, gw / len(x) if x.dim() == 3 else gw


class Unit:
    """Each row of length one; its backward guesses along which axis a sum lies."""

    def forward(self, x: Array) -> Array:
        """Divide."""
        self.length = np.sqrt((x**2).sum(axis=1, keepdims=True))
        y: Array = x / self.length
        self.y = y
        return y

    def backward(self, grad: Array) -> Array:
        """Project."""
        dot: Array = (grad * self.y).sum(axis=1)
        along = dot if dot.shape[0] == self.y.shape[1] else dot[:, None]
        dx: Array = (grad - self.y * along) / self.length
        return dx


class Vector:
    """Of one row, or of each: an author who asks for two axes may think of one."""

    def forward(self, x: Tensor) -> Tensor:
        """Of all, where there is one row."""
        self.y = torch.softmax(x, 1) if x.ndim == 2 else torch.softmax(x.flatten(), 0).view_as(x)
        return self.y

    def backward(self, grad: Tensor) -> Tensor:
        """Of the last axis."""
        return self.y * (grad - (grad * self.y).sum(dim=len(grad.shape) - 1, keepdim=True))


def labels(target: Any) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_what_expects_more_than_two_axes_is_given_three() -> None:
    """Its formula for them is reached by no rows."""
    assert "x (4, 6, 5), w (5, 3)" in labels(Product)
    assert gradcheck.check(Product).verdict == "verified"
    found = gradcheck.check(WrongProduct)
    assert found.verdict == "refuted"
    assert all("(4, 6, 5)" in one.case for one in found.findings if one.verdict == "refuted")


def test_what_compares_sizes_is_given_as_many_samples_as_features() -> None:
    """A guess by the sizes goes wrong there."""
    assert "input (5, 5)" in labels(Unit)
    found = gradcheck.check(Unit)
    assert found.verdict == "refuted"
    assert all(one.case == "input (5, 5)" for one in found.findings if one.verdict == "refuted")


def test_what_asks_for_two_axes_may_mean_one() -> None:
    """Three are not asked."""
    assert not any("(4, 6, 5)" in one for one in labels(Vector))
    assert gradcheck.check(Vector).verdict == "verified"

"""Who reads two columns of an input is asked about two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

Array = np.ndarray[Any, np.dtype[np.float64]]


class Product(Function):
    """Of the two columns of each row; gives the others, of which it knows nothing, the first."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Multiply."""
        ctx.save_for_backward(x)
        return x[..., 0] * x[..., 1]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Exchange."""
        (x,) = ctx.saved_tensors
        return torch.cat([x[..., 1:2], x[..., :1].expand_as(x[..., 1:])], -1) * grads[0][..., None]


class WrongProduct(Product):
    """Of the second column, too, the second."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Forget to exchange."""
        (x,) = ctx.saved_tensors
        return x[..., 1:2].expand_as(x) * grads[0][..., None]


class Area:
    """Of boxes: left, top, right, bottom."""

    sign = 1.0

    def forward(self, boxes: Array) -> Array:
        """Multiply the sides."""
        self.width, self.height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        return np.asarray(self.width * self.height)

    def backward(self, grad: Array) -> Array:
        """Differentiate by all four."""
        w, h = self.width * grad, self.height * grad
        return np.stack([-h, -w, h, self.sign * w], axis=1)


class WrongArea(Area):
    """The bottom pulls up."""

    sign = -1.0


class Cut:
    """Reads all but the last column, as a window does that no longer fits; and is right."""

    def forward(self, x: Array) -> Array:
        """Add pairs."""
        self.shape, even = x.shape, x.shape[1] // 2 * 2
        return np.asarray(x[:, 0:even:2] + x[:, 1:even:2])

    def backward(self, grad: Array) -> Array:
        """Give each its own."""
        out, even = np.zeros(self.shape), self.shape[1] // 2 * 2
        out[:, 0:even:2] = out[:, 1:even:2] = grad
        return out


def first(target: Any) -> str:
    """The first case that is found."""
    return cases_of(Target(target.__name__, target))[0].label


@pytest.mark.parametrize(
    ("right", "wrong", "case"),
    [(Product, WrongProduct, "x (4, 2)"), (Area, WrongArea, "input (5, 4)")],
)
def test_columns_that_nobody_reads_are_left_out_where_the_gradient_is_right_without(
    right: type, wrong: type, case: str
) -> None:
    """A mistake in those that are read stays one."""
    assert first(right) == case
    assert gradcheck.check(right).verdict == "verified"
    assert gradcheck.check(wrong).verdict == "refuted"


def test_a_column_that_is_cut_off_stays_where_its_gradient_is_right() -> None:
    """It is an edge that hides mistakes."""
    assert first(Cut) == "input (4, 5)"
    assert gradcheck.check(Cut).verdict == "verified"

"""Inputs larger than the blocks that a source names."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

Array = NDArray[np.float64]


class Columns:
    """Adds up in blocks of a size that is named in the class, and keeps the last sum alone."""

    BLOCK = 64

    def forward(self, x: Array) -> Array:
        """Multiply each row by its sum."""
        self.x = x
        y: Array = x * x.sum(axis=1, keepdims=True)
        return y

    def backward(self, grad: Array) -> Array:
        """Forget what the blocks before have added up to."""
        total = np.zeros_like(grad[:, :1])
        for start in range(0, grad.shape[1], self.BLOCK):
            part = slice(start, start + self.BLOCK)
            total = (grad * self.x)[:, part].sum(axis=1, keepdims=True)
        dx: Array = grad * self.x.sum(axis=1, keepdims=True) + total
        return dx


class RightColumns(Columns):
    """The same in one block."""

    def backward(self, grad: Array) -> Array:
        """Add up all at once."""
        total = (grad * self.x).sum(axis=1, keepdims=True)
        dx: Array = grad * self.x.sum(axis=1, keepdims=True) + total
        return dx


class Iterated:
    """A number that says how often."""

    def forward(self, x: Array) -> Array:
        """Halve it again and again."""
        for _ in range(9):
            x = x / 2
        return x

    def backward(self, grad: Array) -> Array:
        """Halve the gradient at once."""
        return grad / 512


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        x, w = ctx.saved_tensors
        whole = max(16, w.shape[1] // 16 * 16)
        return grads[0][:, :whole] @ w[:, :whole].T, x.T @ grads[0]


class Widened(nn.Module):
    """Its Function works in blocks of outputs."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(in_features, out_features))

    def forward(self, x: Tensor) -> Any:
        """Multiply."""
        return _Product.apply(x, self.weight)


def labels(target: type) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_an_input_is_made_larger_than_a_block_that_the_class_names() -> None:
    """By a few: the last block is not full."""
    assert "input (68, 67)" in labels(Columns)
    assert gradcheck.check(Columns).verdict == "refuted"
    assert gradcheck.check(RightColumns).verdict == "verified"


def test_a_functions_arguments_grow_together() -> None:
    """Each size wherever it stands."""
    assert "x (20, 19), w (19, 21)" in labels(_Product)
    assert gradcheck.check(_Product).verdict == "refuted"


def test_the_sizes_of_a_constructor_grow_with_the_input() -> None:
    """Those of a module, whose Function names the block."""
    assert "in_features=19, out_features=21; input (20, 19)" in labels(Widened)
    assert gradcheck.check(Widened).verdict == "refuted"


def test_a_number_of_rounds_is_no_size() -> None:
    """No input is made larger for its sake."""
    assert labels(Iterated) == ["input (4, 5)"]

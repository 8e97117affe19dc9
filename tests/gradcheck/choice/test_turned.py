"""An order of axes is told from its inverse."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target


class Reordered(Function):
    """Axes in another order, and back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: tuple[int, ...]) -> Tensor:
        """Keep the order."""
        ctx.dims = dims
        return x.permute(dims)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Invert it."""
        inverse = [ctx.dims.index(axis) for axis in range(len(ctx.dims))]
        return grads[0].permute(inverse), None


class WrongReordered(Reordered):
    """Takes the order for its own inverse, which it is for two axes."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Apply it once more."""
        return grads[0].permute(ctx.dims), None


def test_an_order_of_axes_is_told_from_its_inverse() -> None:
    """By three that go round."""
    labels = [case.label for case in cases_of(Target("Reordered", Reordered))]
    assert labels[-1] == "dims=(1, 2, 0), x (4, 4, 4)"
    assert gradcheck.check(Reordered).verdict == "verified"
    assert gradcheck.check(WrongReordered).verdict == "refuted"

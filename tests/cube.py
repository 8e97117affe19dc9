"""x³ as a Function, right in both modes and at every order: what tests break on purpose."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.autograd import Function


class Cube(Function):
    """x³."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Keep x for both modes."""
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Any:
        """Right, and right once more."""
        (x,) = ctx.saved_tensors
        return 3 * x**2 * grad_output

    @staticmethod
    def jvp(ctx: Any, tangent: Tensor) -> Any:
        """Right."""
        (x,) = ctx.saved_tensors
        return 3 * x**2 * tangent

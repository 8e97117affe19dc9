"""Functions of a user, right or wrong, whose backward is given as one expression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Forward = Callable[[Tensor], Tensor]
Backward = Callable[[Tensor, Tensor], Any]


def function(forward: Forward, backward: Backward) -> Any:
    """Return an autograd Function of one tensor: forward(x) and backward(grad_output, x)."""

    class User(torch.autograd.Function):
        """As one finds it in the threads."""

        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            """Save the input."""
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            """Take it back."""
            return backward(grad_outputs[0], ctx.saved_tensors[0])

    return User


def leaf(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    """A random leaf."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype).requires_grad_()

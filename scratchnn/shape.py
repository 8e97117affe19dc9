"""Identity and Flatten: the same numbers, in the same or another shape."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.module import Module
from scratchnn.saved import outline


class Identity(Module):
    """The input as it is:  y = x.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ
    Raises   what every Module raises
    Source   torch.nn.Identity, which takes and ignores any arguments as well

    >>> import torch
    >>> identity = Identity()
    >>> identity(torch.tensor([1.0, 2.0]))
    tensor([1., 2.])
    >>> identity.backward(torch.tensor([3.0, 4.0]))
    tensor([3., 4.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs

    def forward(self, x: Tensor) -> Tensor:
        """Return x."""
        self.save(output=x)
        return x

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return a copy of ȳ, for what is returned is the caller's to change."""
        self.saved(grad_output)
        return grad_output.clone()


class Flatten(Module):
    """Several axes as one: those from start_dim to end_dim.

    Shapes   x (N, a, b, ...)  ->  y (N, a·b·...)
    VJP      x̄ = ȳ in the shape of x, as no number has changed
    Raises   ArgumentError if x has no such axes, or they are in the wrong order
    Source   torch.nn.Flatten

    >>> import torch
    >>> flatten = Flatten()
    >>> flatten(torch.ones(4, 3, 2)).shape
    torch.Size([4, 6])
    >>> flatten.backward(torch.ones(4, 6)).shape
    torch.Size([4, 3, 2])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Tensor) -> Tensor:
        """Return x with the axes from start_dim to end_dim as one."""
        try:
            y = x.flatten(self.start_dim, self.end_dim)
        except (IndexError, RuntimeError) as error:
            raise ArgumentError(
                f"{self!r} was given {tuple(x.shape)}, expected an input with these axes, "
                f"the first before the last: {error}"
            ) from None
        self.save(outline(x), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ in the shape of x."""
        (x,) = self.saved(grad_output)
        return grad_output.clone().reshape(x.shape)

    def extra_repr(self) -> str:
        """Return the axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"

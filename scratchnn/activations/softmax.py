"""Softmax and LogSoftmax: numbers that add up to one along an axis, and their logarithms."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ShapeError
from scratchnn.module import Module


class Softmax(Module):
    """Shares  yᵢ = e^xᵢ / Σⱼ e^xⱼ,  along the axis `dim`.

    Shapes   x (..., n, ...)  ->  y (..., n, ...)
    VJP      ∂yᵢ/∂xⱼ = yᵢ (δᵢⱼ - yⱼ),  so  x̄ = y ∘ (ȳ - Σ ȳ y),  the sum along `dim`
    Raises   ShapeError if x has no such axis; what every Module raises
    Source   torch.nn.Softmax, which guesses `dim` where it is not given, and warns; here it must be

    `torch.softmax` takes the largest x from all of them first: that changes no share, and no e^x
    is larger than 1. A cotangent of ones has the gradient 0, as the shares add up to 1.

    >>> import torch
    >>> softmax = Softmax(dim=1)
    >>> softmax(torch.tensor([[0.0, 0.0], [1000.0, 0.0]]))
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    >>> softmax.backward(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor([[ 0.2500, -0.2500],
            [ 0.0000,  0.0000]])
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return e^x / Σ e^x."""
        _check_axis(self, x, self.dim)
        y = torch.softmax(x, self.dim)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return x̄ = y ∘ (ȳ - Σ ȳ y)."""
        (y,) = self.saved(grad_output)
        return softmax_vjp(y, grad_output, self.dim)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithms of shares  yᵢ = xᵢ - log Σⱼ e^xⱼ,  along the axis `dim`.

    Shapes   x (..., n, ...)  ->  y (..., n, ...)
    VJP      ∂yᵢ/∂xⱼ = δᵢⱼ - e^yⱼ,  so  x̄ = ȳ - e^y Σ ȳ,  the sum along `dim`
    Raises   ShapeError if x has no such axis; what every Module raises
    Source   torch.nn.LogSoftmax, which guesses `dim` where it is not given, and warns

    The logarithm of the softmax itself would be -∞ from xᵢ - max x < -104 on in float32, where
    the share underflows; the difference above has no such end.

    >>> import torch
    >>> log_softmax = LogSoftmax(dim=1)
    >>> log_softmax(torch.tensor([[0.0, 0.0], [200.0, 0.0]]))
    tensor([[  -0.6931,   -0.6931],
            [   0.0000, -200.0000]])
    >>> log_softmax.backward(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    tensor([[ 0.5000, -0.5000],
            [ 0.0000,  0.0000]])
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Return x - log Σ e^x."""
        _check_axis(self, x, self.dim)
        y = torch.log_softmax(x, self.dim)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return x̄ = ȳ - e^y Σ ȳ."""
        (y,) = self.saved(grad_output)
        return grad_output - torch.exp(y) * grad_output.sum(dim=self.dim, keepdim=True)

    def extra_repr(self) -> str:
        """Return the axis."""
        return f"dim={self.dim}"


def softmax_vjp(y: Tensor, grad: Tensor, dim: int) -> Tensor:
    """Return y ∘ (ȳ - Σ ȳ y) for the shares y along `dim`.

    >>> import torch
    >>> softmax_vjp(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]), 0)
    tensor([ 0.2500, -0.2500])
    """
    return y * (grad - (grad * y).sum(dim=dim, keepdim=True))


def _check_axis(module: Module, x: Tensor, dim: int) -> None:
    axes = max(x.dim(), 1)
    if not -axes <= dim < axes:
        raise ShapeError(
            f"the input of {type(module).__name__} is {tuple(x.shape)}, which has no axis {dim}: "
            f"expected dim from {-axes} to {axes - 1}"
        )

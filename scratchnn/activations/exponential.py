"""ELU and SELU: x where it is positive, an exponential that levels off where it is not."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.module import Module

# Klambauer and others, appendix: the fixed point at mean 0 and variance 1.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


class ELU(Module):
    """Elementwise  y = x where x > 0, else α (eˣ - 1).

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ where x > 0, else α eˣ ȳ;  at x = 0 that is torch's choice where α is not 1
    Raises   what every Module raises
    Source   torch.nn.ELU; Clevert, Unterthiner, Hochreiter (2016), "Fast and accurate deep
             network learning by exponential linear units", ICLR

    `expm1` keeps the digits that eˣ - 1 loses near 0. The exponent is cut at 0, or that of the
    other branch would overflow, and infinity times the zero of autograd's mask is NaN.

    >>> import torch
    >>> elu = ELU()
    >>> elu(torch.tensor([-1000.0, -1.0, 2.0]))
    tensor([-1.0000, -0.6321,  2.0000])
    >>> elu.backward(torch.ones(3))
    tensor([0.0000, 0.3679, 1.0000])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        """Return x where x > 0, else α (eˣ - 1)."""
        y = _exponential_linear(x, self.alpha, 1.0)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ where x > 0, else α eˣ ȳ."""
        (x,) = self.saved(grad_output)
        return _exponential_linear_vjp(x, grad_output, self.alpha, 1.0)

    def extra_repr(self) -> str:
        """Return alpha."""
        return f"alpha={self.alpha}"


class SELU(Module):
    """Elementwise  y = λ x where x > 0, else λ α (eˣ - 1),  λ = 1.0507…, α = 1.6732….

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = λ ȳ where x > 0, else λ α eˣ ȳ
    Raises   what every Module raises
    Source   torch.nn.SELU; Klambauer, Unterthiner, Mayr, Hochreiter (2017), "Self-normalizing
             neural networks", NIPS

    >>> import torch
    >>> selu = SELU()
    >>> selu(torch.tensor([-1000.0, 0.0, 2.0]))
    tensor([-1.7581,  0.0000,  2.1014])
    >>> selu.backward(torch.ones(3))
    tensor([0.0000, 1.7581, 1.0507])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return λ x where x > 0, else λ α (eˣ - 1)."""
        y = _exponential_linear(x, SELU_ALPHA * SELU_SCALE, SELU_SCALE)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return λ ȳ where x > 0, else λ α eˣ ȳ."""
        (x,) = self.saved(grad_output)
        return _exponential_linear_vjp(x, grad_output, SELU_ALPHA * SELU_SCALE, SELU_SCALE)


def _exponential_linear(x: Tensor, low: float, high: float) -> Tensor:
    """Return high·x where x > 0, else low·(eˣ - 1)."""
    positive = x > 0
    return torch.where(positive, x * high, torch.expm1(x.masked_fill(positive, 0)) * low)


def _exponential_linear_vjp(x: Tensor, grad: Tensor, low: float, high: float) -> Tensor:
    """Return high·ȳ where x > 0, else low·eˣ·ȳ."""
    positive = x > 0
    return torch.where(positive, grad * high, grad * low * torch.exp(x.masked_fill(positive, 0)))

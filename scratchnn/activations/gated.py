"""GELU, SiLU, Mish: x times a gate that opens as x grows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.module import Module

# GELU's other form stands for the normal distribution by tanh of a cubic.
CUBIC = 0.044715
# Beyond it tanh is ±1 in every dtype, and the cubic's derivative times its slope of 0 is 0.
SATURATED = 30.0


class GELU(Module):
    """Elementwise  y = x Φ(x),  Φ the distribution of a standard normal number.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ (Φ(x) + x φ(x)),  φ = Φ' the density;  for 'tanh', where
             Φ = (1 + t)/2,  t = tanh u,  u = √(2/π) (x + 0.044715 x³),  it is φ = (1 - t²) u'/2
    Raises   ArgumentError for another approximate; what every Module raises
    Source   torch.nn.GELU; Hendrycks, Gimpel (2016), "Gaussian error linear units",
             arXiv:1606.08415

    In the cubic x is cut at ±30, where t has long been ±1: uncut, x³ overflows, and the derivative
    is 0 times infinity.

    >>> import torch
    >>> gelu = GELU()
    >>> gelu(torch.tensor([-1000.0, -1.0, 2.0]))
    tensor([-0.0000, -0.1587,  1.9545])
    >>> gelu.backward(torch.ones(3))
    tensor([ 0.0000, -0.0833,  1.0852])
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ArgumentError(f"GELU(approximate={approximate!r}): expected 'none' or 'tanh'")
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        """Return x Φ(x)."""
        y = x * 0.5 * (1 + self._skew(x))
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ (Φ(x) + x φ(x))."""
        (x,) = self.saved(grad_output)
        skew = self._skew(x)
        if self.approximate == "none":
            density = torch.exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))
        else:
            near = x.clamp(-SATURATED, SATURATED)
            slope = math.sqrt(2 / math.pi) * (1 + 3 * CUBIC * near * near)
            density = 0.5 * (1 - skew * skew) * slope
        return grad_output * (0.5 * (1 + skew) + x * density)

    def _skew(self, x: Tensor) -> Tensor:
        """Return 2 Φ(x) - 1."""
        if self.approximate == "none":
            return torch.erf(x * math.sqrt(0.5))
        near = x.clamp(-SATURATED, SATURATED)
        return torch.tanh(math.sqrt(2 / math.pi) * (near + CUBIC * near * near * near))

    def extra_repr(self) -> str:
        """Return the form."""
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """Elementwise  y = x σ(x),  σ(x) = 1 / (1 + e⁻ˣ).

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ σ ∘ (1 + x (1 - σ)),  as σ' = σ (1 - σ)
    Raises   what every Module raises
    Source   torch.nn.SiLU; Elfwing, Uchibe, Doya (2018), "Sigmoid-weighted linear units for neural
             network function approximation in reinforcement learning", arXiv:1702.03118

    >>> import torch
    >>> silu = SiLU()
    >>> silu(torch.tensor([-1000.0, 0.0, 2.0]))
    tensor([-0.0000,  0.0000,  1.7616])
    >>> silu.backward(torch.ones(3))
    tensor([-0.0000,  0.5000,  1.0908])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x σ(x)."""
        y = x * torch.sigmoid(x)
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ σ ∘ (1 + x (1 - σ))."""
        (x,) = self.saved(grad_output)
        s = torch.sigmoid(x)
        return grad_output * s * (1 + x * (1 - s))


class Mish(Module):
    """Elementwise  y = x tanh(s),  s = log(1 + eˣ).

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ (t + x σ(x) (1 - t²)),  t = tanh(s),  as s' = σ(x)
    Raises   what every Module raises
    Source   torch.nn.Mish; Misra (2019), "Mish: a self regularized non-monotonic activation
             function", arXiv:1908.08681

    >>> import torch
    >>> mish = Mish()
    >>> mish(torch.tensor([-1000.0, 0.0, 2.0]))
    tensor([-0.0000,  0.0000,  1.9440])
    >>> mish.backward(torch.ones(3))
    tensor([0.0000, 0.6000, 1.0693])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x tanh(log(1 + eˣ))."""
        t = torch.tanh(torch.logaddexp(x, x.new_zeros(())))
        y = x * t
        self.save(x, t, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ (t + x σ(x) (1 - t²))."""
        x, t = self.saved(grad_output)
        return grad_output * (t + x * torch.sigmoid(x) * (1 - t * t))

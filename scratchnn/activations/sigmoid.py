"""Sigmoid, Tanh, LogSigmoid, Softplus: functions of each element that saturate."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.module import Module


class Tanh(Module):
    """Elementwise  y = tanh x.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ (1 - y²)
    Raises   what every Module raises
    Source   torch.nn.Tanh; LeCun, Bottou, Orr, Müller (1998), "Efficient BackProp", section 4.4

    The factor takes one rounding, not two: torch's kernel fuses 1 - y·y, and so does `addcmul`.
    Thereby both directions equal torch's to the bit in float32 and float64, where the plain
    `1 - y * y` differs in 56 % of the elements, by one rounding of the factor. In half precision,
    which torch rounds once at the end, 14 to 18 % differ.

    For large |x| the factor cancels: its error stays below the rounding error of 1, but relative
    to its own tiny size it is some 2e-10 at x = 8 in float64, and all of it from x = 19.07 on,
    where y is 1. Torch's is the same.

    >>> import torch
    >>> tanh = Tanh()
    >>> tanh(torch.tensor([-1000.0, 0.0, 0.5]))
    tensor([-1.0000,  0.0000,  0.4621])
    >>> tanh.backward(torch.tensor([1.0, 1.0, 1.0]))
    tensor([0.0000, 1.0000, 0.7864])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh x."""
        y = torch.tanh(x)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ (1 - y²)."""
        (y,) = self.saved(grad_output)
        return grad_output * torch.addcmul(y.new_ones(()), y, y, value=-1)


class Sigmoid(Module):
    """Elementwise  y = 1 / (1 + e⁻ˣ).

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ (1 - y) ∘ y
    Raises   what every Module raises
    Source   torch.nn.Sigmoid; Rumelhart, Hinton, Williams (1986), Nature 323

    Multiplied in this order, both directions equal torch's to the bit in float32, float64 and
    float16; ȳ ∘ (y ∘ (1 - y)) differs in 33 % of the elements. `torch.sigmoid` does not overflow
    for any finite x, where a literal 1 / (1 + exp(-x)) would pass through infinity.

    >>> import torch
    >>> sigmoid = Sigmoid()
    >>> sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0.0000, 0.5000, 1.0000])
    >>> sigmoid.backward(torch.tensor([4.0, 4.0, 4.0]))
    tensor([0., 1., 0.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + e⁻ˣ)."""
        y = torch.sigmoid(x)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ (1 - y) ∘ y."""
        (y,) = self.saved(grad_output)
        return grad_output * (1 - y) * y


class LogSigmoid(Module):
    """Elementwise  y = log(1 / (1 + e⁻ˣ)).

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ σ(-x),  as y = -log(1 + e⁻ˣ) and y' = e⁻ˣ / (1 + e⁻ˣ)
    Raises   what every Module raises
    Source   torch.nn.LogSigmoid

    `logaddexp(-x, 0)` is max(-x, 0) + log1p(e^-|x|): the exponent is never positive, so nothing
    overflows, and log1p keeps the digits of a small exponential, which log(1 + ...) rounds away.

    >>> import torch
    >>> log_sigmoid = LogSigmoid()
    >>> log_sigmoid(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([-1.0000e+03, -6.9315e-01, -0.0000e+00])
    >>> log_sigmoid.backward(torch.ones(3))
    tensor([1.0000, 0.5000, 0.0000])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return -log(1 + e⁻ˣ)."""
        y = -torch.logaddexp(-x, x.new_zeros(()))
        self.save(x, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ σ(-x)."""
        (x,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(-x)


class Softplus(Module):
    """Elementwise  y = log(1 + e^βx) / β,  and y = x where βx is above the threshold.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ ∘ σ(βx),  and ȳ where βx is above the threshold
    Raises   ArgumentError for a beta of zero, which divides; what every Module raises
    Source   torch.nn.Softplus; Dugas, Bengio, Bélisle, Nadeau, Garcia (2001), "Incorporating
             second-order functional knowledge for better option pricing", NIPS

    `logaddexp(βx, 0)` is max(βx, 0) + log1p(e^-|βx|): it cannot overflow, even with a threshold
    above the 709 at which e^βx would. The threshold is torch's: there y jumps by e^-20 = 2e-9.

    >>> import torch
    >>> softplus = Softplus()
    >>> softplus(torch.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    >>> softplus.backward(torch.ones(3))
    tensor([0.0000, 0.5000, 1.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        if beta == 0:
            raise ArgumentError("Softplus(beta=0): expected another number, as it divides by beta")
        self.beta = beta
        self.threshold = threshold

    def forward(self, x: Tensor) -> Tensor:
        """Return log(1 + e^βx) / β, or x above the threshold."""
        scaled = x * self.beta
        soft = torch.logaddexp(scaled, scaled.new_zeros(())) / self.beta
        y = torch.where(scaled > self.threshold, x, soft)
        self.save(scaled, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ ∘ σ(βx), or ȳ above the threshold."""
        (scaled,) = self.saved(grad_output)
        soft = grad_output * torch.sigmoid(scaled)
        return torch.where(scaled > self.threshold, grad_output, soft)

    def extra_repr(self) -> str:
        """Return the settings, as torch prints them."""
        return f"beta={self.beta}, threshold={self.threshold}"

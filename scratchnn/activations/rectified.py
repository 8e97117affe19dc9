"""ReLU, LeakyReLU, PReLU, Hardtanh: straight lines with a kink."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError
from scratchnn.module import Module
from scratchnn.parameter import Parameter


class ReLU(Module):
    """Elementwise  y = x where x > 0, else 0.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ where x > 0, else 0
    Raises   what every Module raises
    Source   torch.nn.ReLU; Nair, Hinton (2010), "Rectified linear units improve restricted
             Boltzmann machines", ICML

    At x = 0, where every number from 0 to 1 is a subgradient, x̄ is 0 as in torch. NaN is not
    "≤ 0" and stays NaN. Both directions equal torch's in every dtype, but for the sign of a zero.

    >>> import torch
    >>> relu = ReLU()
    >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    >>> relu.backward(torch.tensor([5.0, 5.0, 5.0]))
    tensor([0., 0., 5.])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return x where x > 0, else 0."""
        y = torch.relu(x)
        self.save(y, output=y)  # which says where x > 0, and is kept by the next layer anyhow
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ where y > 0, which is where x > 0, else 0."""
        (y,) = self.saved(grad_output)
        # A product takes a tenth of the time of a selection, which torch does element by element.
        grad = grad_output * y.sign()
        # But ∞ · 0 is NaN, and the sign of NaN is 0: either makes the sum of the products NaN.
        finite = math.isfinite(torch.dot(grad.reshape(-1), y.reshape(-1)))
        return grad if finite else grad_output.masked_fill(y <= 0, 0)


class LeakyReLU(Module):
    """Elementwise  y = x where x > 0, else s x,  with a slope s that is fixed.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ where x > 0, else s ȳ;  at x = 0 that is torch's choice among the subgradients
    Raises   what every Module raises
    Source   torch.nn.LeakyReLU; Maas, Hannun, Ng (2013), "Rectifier nonlinearities improve neural
             network acoustic models", ICML

    >>> import torch
    >>> leaky = LeakyReLU(0.1)
    >>> leaky(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([-0.2000,  0.0000,  3.0000])
    >>> leaky.backward(torch.tensor([5.0, 5.0, 5.0]))
    tensor([0.5000, 0.5000, 5.0000])
    """

    def __init__(self, negative_slope: float = 1e-2) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Tensor) -> Tensor:
        """Return x where x > 0, else s x."""
        positive = x > 0
        y = torch.where(positive, x, x * self.negative_slope)
        self.save(positive, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ where x > 0, else s ȳ."""
        (positive,) = self.saved(grad_output)
        return torch.where(positive, grad_output, grad_output * self.negative_slope)

    def extra_repr(self) -> str:
        """Return the slope."""
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """Elementwise  y = x where x > 0, else w x,  with one slope w, or one for each channel.

    Shapes   x (N, channels, ...),  w (channels,)  ->  y as x;  x (...),  w (1,)  ->  y (...)
    VJP      x̄ = ȳ where x > 0, else w ȳ;   w̄ = Σ ȳ x over all x ≤ 0 that share the slope
    Raises   ArgumentError for fewer than one slope; ShapeError for another number of channels
    Source   torch.nn.PReLU; He, Zhang, Ren, Sun (2015), "Delving deep into rectifiers",
             arXiv:1502.01852, whose formula (3) is w̄

    >>> import torch
    >>> prelu = PReLU()
    >>> prelu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([-0.5000,  0.0000,  3.0000])
    >>> prelu.backward(torch.tensor([5.0, 5.0, 5.0]))
    tensor([1.2500, 1.2500, 5.0000])
    >>> prelu.weight.grad
    tensor([-10.])
    """

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        if num_parameters < 1:
            raise ArgumentError(f"PReLU({num_parameters}): expected at least one slope")
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(torch.full((num_parameters,), init, device=device, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Return x where x > 0, else w x."""
        weight = self._along_channels(x)
        y = torch.where(x > 0, x, x * weight)
        self.save(x, weight, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Add w̄ = Σ ȳ x over x ≤ 0, and return ȳ where x > 0, else w ȳ."""
        x, weight = self.saved(grad_output)
        positive = x > 0
        terms = (grad_output * x).masked_fill(positive, 0)
        self.weight.accumulate(terms.sum_to_size(weight.shape).reshape(-1))
        return torch.where(positive, grad_output, grad_output * weight)

    def _along_channels(self, x: Tensor) -> Tensor:
        """Return w in a shape that meets the channels of x."""
        if self.num_parameters == 1:
            return self.weight.data.reshape((1,) * x.dim())
        if x.dim() < 2 or x.shape[1] != self.num_parameters:
            raise ShapeError(
                f"the input of PReLU is {tuple(x.shape)}, expected (N, {self.num_parameters}, ...):"
                " one slope for each channel"
            )
        return self.weight.data.reshape(-1, *(1,) * (x.dim() - 2))

    def extra_repr(self) -> str:
        """Return the number of slopes."""
        return f"num_parameters={self.num_parameters}"


class Hardtanh(Module):
    """Elementwise  y = x, cut to at least min_val and at most max_val.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = ȳ where min_val < x < max_val, else 0, also on the edges, as in torch
    Raises   ArgumentError if max_val is not above min_val; what every Module raises
    Source   torch.nn.Hardtanh

    >>> import torch
    >>> hardtanh = Hardtanh()
    >>> hardtanh(torch.tensor([-2.0, 0.5, 1.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    >>> hardtanh.backward(torch.tensor([5.0, 5.0, 5.0]))
    tensor([0., 5., 0.])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        if not max_val > min_val:
            raise ArgumentError(
                f"Hardtanh({min_val}, {max_val}): expected a max_val above the min_val"
            )
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: Tensor) -> Tensor:
        """Return x between the two edges."""
        y = x.clamp(self.min_val, self.max_val)
        self.save((x <= self.min_val) | (x >= self.max_val), output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return ȳ strictly between the edges, else 0."""
        (off,) = self.saved(grad_output)
        return grad_output.masked_fill(off, 0)

    def extra_repr(self) -> str:
        """Return the edges."""
        return f"min_val={self.min_val}, max_val={self.max_val}"

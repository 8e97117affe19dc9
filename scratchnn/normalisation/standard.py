"""Mean 0 and variance 1 along some axes, and the VJP that all normalisations share.

    μ = mean x,   v = mean (x - μ)²,   r = 1/√(v + ε),   z = (x - μ) r

From ∂μ/∂x = 1/n and ∂v/∂x = 2 (x - μ)/n follows, with the means along the same axes,

    x̄ = r (z̄ - mean z̄ - z mean(z̄ z))

The first mean is what x → x - μ loses, the second what dividing by √v loses: a cotangent along 1
or along z gives nothing, as shifting or scaling x leaves z as it is.

The variance is taken of the differences from the mean: mean x² - μ² would cancel, and is wrong in
the second digit for float32 numbers near 10,000 that spread by 1.
"""

from __future__ import annotations

import torch
from torch import Tensor


def standardise(x: Tensor, axes: list[int], eps: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return z, r, μ and v;  the last three have length 1 along the axes.

    >>> import torch
    >>> z, r, mean, variance = standardise(torch.tensor([1.0, 3.0]), [0], 0.0)
    >>> z, mean, variance
    (tensor([-1.,  1.]), tensor([2.]), tensor([1.]))
    """
    if x.numel():
        variance, mean = torch.var_mean(x, axes, correction=0, keepdim=True)
    else:  # torch would warn of an empty batch, whose rows there are none of
        mean = variance = x.mean(axes, keepdim=True)
    scale = torch.rsqrt(variance + eps)
    return (x - mean) * scale, scale, mean, variance


def pulled_through(z: Tensor, scale: Tensor, grad: Tensor, axes: list[int]) -> Tensor:
    """Return x̄ = r (z̄ - mean z̄ - z mean(z̄ z)).

    >>> import torch
    >>> z, r, *_ = standardise(torch.tensor([1.0, 3.0, 8.0]), [0], 0.0)
    >>> pulled_through(z, r, torch.ones(3), [0]).abs().max() < 1e-6
    tensor(True)
    """
    along = (grad * z).mean(dim=axes, keepdim=True)
    return (grad - grad.mean(dim=axes, keepdim=True)).sub_(z * along).mul_(scale)

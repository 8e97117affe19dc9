"""Initialisers: each fills a tensor in place, from a generator if one is given, and returns it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError


def kaiming_uniform(weight: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """Draw from U(-a, a),  a = 1 / √fan_in:  the default of torch's layers for their weights.

    Shapes   weight (out, in, ...)
    Raises   ShapeError for fewer than two axes
    Source   torch.nn.Linear, which calls kaiming_uniform_ with a negative slope of √5; He, Zhang,
             Ren, Sun (2015), "Delving deep into rectifiers", arXiv:1502.01852

    The bound is computed as torch does it, √3 · √(2 / (1 + 5)) / √fan_in: that is 1 / √fan_in but
    for the last bit of float64, and thereby the same seed gives the same weights.

    >>> import torch
    >>> weight = kaiming_uniform(torch.empty(10, 4), generator=torch.Generator().manual_seed(0))
    >>> bool((weight.abs() <= 0.5).all())
    True
    """
    fan_in, _ = fans(weight)
    if weight.numel() == 0:
        return weight
    gain = math.sqrt(2 / (1 + 5))
    bound = math.sqrt(3) * (gain / math.sqrt(fan_in))
    return weight.uniform_(-bound, bound, generator=generator)


def fan_in_uniform(
    bias: Tensor, fan_in: int, *, generator: torch.Generator | None = None
) -> Tensor:
    """Draw from U(-a, a),  a = 1 / √fan_in,  or 0 for no inputs:  torch's default for biases.

    Shapes   bias (...)
    Source   torch.nn.Linear

    >>> import torch
    >>> bias = fan_in_uniform(torch.empty(9), 4, generator=torch.Generator().manual_seed(0))
    >>> bool((bias.abs() <= 0.5).all())
    True
    """
    bound = 1 / math.sqrt(fan_in) if fan_in else 0
    return bias.uniform_(-bound, bound, generator=generator)


def glorot_uniform(weight: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """Draw from U(-a, a),  a = √(6 / (fan_in + fan_out)):  the variance of glorot_normal.

    Shapes   weight (out, in, ...)
    Raises   ShapeError for fewer than two axes
    Source   torch.nn.init.xavier_uniform_; Glorot, Bengio (2010), formula (16)

    >>> import torch
    >>> weight = glorot_uniform(torch.empty(2, 4), generator=torch.Generator().manual_seed(0))
    >>> bool((weight.abs() <= 1).all())
    True
    """
    if weight.numel() == 0:
        return weight
    # √3 times the deviation, in torch's order: the same seed gives the same bits.
    bound = math.sqrt(3) * math.sqrt(2 / sum(fans(weight)))
    return weight.uniform_(-bound, bound, generator=generator)


def glorot_normal(weight: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """Draw from N(0, σ²),  σ = √(2 / (fan_in + fan_out)).

    Shapes   weight (out, in, ...)
    Raises   ShapeError for fewer than two axes
    Source   torch.nn.init.xavier_normal_; Glorot, Bengio (2010), "Understanding the difficulty of
             training deep feedforward neural networks", AISTATS, whose variance, their formula
             (12), it is

    >>> import torch
    >>> weight = glorot_normal(torch.empty(300, 500), generator=torch.Generator().manual_seed(0))
    >>> abs(float(weight.std()) - 0.05) < 0.001
    True
    """
    if weight.numel() == 0:
        return weight
    return normal(weight, 0, math.sqrt(2 / sum(fans(weight))), generator=generator)


def normal(
    tensor: Tensor, mean: float = 0, std: float = 1, *, generator: torch.Generator | None = None
) -> Tensor:
    """Draw from N(mean, std²).

    Shapes   tensor (...)
    Raises   ArgumentError for a negative std
    Source   torch.nn.init.normal_

    >>> import torch
    >>> normal(torch.empty(2), 3, 0)
    tensor([3., 3.])
    """
    if std < 0:
        raise ArgumentError(f"normal(std={std}): expected a number of at least 0")
    return tensor.normal_(mean, std, generator=generator)


def constant(tensor: Tensor, value: float) -> Tensor:
    """Fill with one number.

    Shapes   tensor (...)
    Source   torch.nn.init.constant_

    All weights equal is a trap: every unit of a layer then computes the same, gets the same
    gradient, and stays the same for ever.

    >>> import torch
    >>> constant(torch.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(value)


def fans(weight: Tensor) -> tuple[int, int]:
    """Return how many numbers a unit of the layer reads, and how many units read an input.

    Shapes   weight (out, in, ...);  further axes are those of a convolution's kernel
    Raises   ShapeError for fewer than two axes
    Source   torch.nn.init, which counts the same

    >>> import torch
    >>> fans(torch.empty(25, 2)), fans(torch.empty(8, 4, 3, 3))
    ((2, 25), (36, 72))
    """
    if weight.dim() < 2:
        raise ShapeError(
            f"a weight of shape {tuple(weight.shape)} has no fans, expected (out, in, ...): "
            "for a bias, use fan_in_uniform, normal or constant"
        )
    kernel = math.prod(weight.shape[2:])
    return weight.shape[1] * kernel, weight.shape[0] * kernel

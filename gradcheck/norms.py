"""Euclidean norms that neither overflow nor vanish: gradients of 1e-160 and 1e200 are gradients."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradcheck.chunks import chunks

_SAFE = 1e-130


def norm(values: Tensor) -> float:
    """The Euclidean norm, computed on values divided by the largest of them.

    An empty tensor has norm 0; one that holds NaN or infinity has that norm.

    >>> import torch
    >>> norm(torch.tensor([3e-200, 4e-200], dtype=torch.float64))
    5e-200
    """
    if not values.numel():
        return 0.0
    plain = float(torch.linalg.vector_norm(values))
    if _SAFE < plain < 1 / _SAFE:  # no square of what matters was too small or too large
        return plain
    largest = float(values.abs().max())
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float((values / largest).norm())


def largest(values: Tensor) -> float:
    """The largest absolute element; 0 where there is none.

    >>> import torch
    >>> largest(torch.tensor([1.0, -3.0]))
    3.0
    """
    if not values.numel():
        return 0.0
    if not (values.is_floating_point() or values.is_complex()):
        return float(values.abs().max())
    return float(torch.linalg.vector_norm(values, math.inf))  # keeps no second tensor of the size


def distance(one: Tensor, other: Tensor) -> float:
    """The largest absolute difference of two tensors of one shape; NaN where either holds it.

    >>> distance(torch.tensor([1.0, -3.0]), torch.tensor([1.0, 2.0]))
    5.0
    """
    apart = [largest(a - b) for a, b in chunks(one, other)]
    return largest(torch.tensor(apart, dtype=torch.float64, device="cpu"))


def is_finite(values: Tensor) -> bool:
    """Whether all elements are finite numbers; keeps no second tensor of the size.

    >>> is_finite(torch.ones(2)), is_finite(torch.tensor([torch.nan, 1.0]))
    (True, False)
    """
    is_whole = not (values.is_floating_point() or values.is_complex())
    return is_whole or math.isfinite(largest(values))


def root_mean_square(values: Tensor) -> float:
    """The norm over the square root of the number of elements; 0 for an empty tensor.

    >>> import torch
    >>> root_mean_square(torch.tensor([1e200, -1e200], dtype=torch.float64))
    1e+200
    """
    return norm(values) / math.sqrt(values.numel()) if values.numel() else 0.0

"""Data sets to learn: the disk in the unit square, and exclusive or."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, ShapeError

CENTRE = 0.5
# The disk then covers 1/2 of the square, π r² = 1/2: guessing is right half of the time.
RADIUS = 1 / math.sqrt(2 * math.pi)


def disk(
    n: int, *, generator: torch.Generator | None = None, dtype: torch.dtype | None = None
) -> tuple[Tensor, Tensor]:
    """Draw n points from the unit square, labelled 1 within 1/√(2π) of its centre, else 0.

    Shapes   ->  points (n, 2),  labels (n, 1),  both in `dtype`
    Raises   ArgumentError for a negative n
    Source   EPFL's course "Deep Learning" (EE-559), mini-project 2

    >>> import torch
    >>> points, labels = disk(10_000, generator=torch.Generator().manual_seed(0))
    >>> points.shape, labels.shape, abs(float(labels.mean()) - 0.5) < 0.02
    (torch.Size([10000, 2]), torch.Size([10000, 1]), True)
    """
    if n < 0:
        raise ArgumentError(f"disk({n}): expected a number of points of at least 0")
    points = torch.rand(n, 2, generator=generator, dtype=dtype)
    inside = (points - CENTRE).square().sum(dim=1, keepdim=True) <= RADIUS**2
    return points, inside.to(points.dtype)


def xor(*, dtype: torch.dtype | None = None) -> tuple[Tensor, Tensor]:
    """Return the truth table of exclusive or, which no single linear layer can learn.

    Shapes   ->  points (4, 2),  labels (4, 1),  both in `dtype`
    Source   Minsky, Papert (1969), "Perceptrons"

    >>> xor()
    (tensor([[0., 0.],
            [0., 1.],
            [1., 0.],
            [1., 1.]]), tensor([[0.],
            [1.],
            [1.],
            [0.]]))
    """
    dtype = dtype or torch.get_default_dtype()
    points = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=dtype)
    labels = torch.tensor([[0], [1], [1], [0]], dtype=dtype)
    return points, labels


def one_hot(labels: Tensor, classes: int = 2) -> Tensor:
    """Turn labels 0 … classes - 1 into rows with a single 1, for a network with a column a class.

    Shapes   labels (n, 1)  ->  (n, classes),  in the dtype of the labels
    Raises   ShapeError for another shape; ArgumentError for a label that is no class

    >>> import torch
    >>> one_hot(torch.tensor([[1.0], [0.0]]))
    tensor([[0., 1.],
            [1., 0.]])
    """
    if labels.dim() != 2 or labels.shape[1] != 1:
        raise ShapeError(f"the labels are {tuple(labels.shape)}, expected (n, 1)")
    rows = (labels == torch.arange(classes, device=labels.device)).to(labels.dtype)
    if not bool((rows.sum(dim=1) == 1).all()):
        raise ArgumentError(f"one_hot: expected every label to be one of 0 … {classes - 1}")
    return rows

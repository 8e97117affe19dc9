"""The grid that a leaf lies on, so that it can be moved by the steps of a check exactly."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gradcheck.chunks import chunks
from gradcheck.norms import root_mean_square

# Directions are multiples of 2⁻⁸ and steps go down to 3·2⁻³⁸: on a grid of 2⁻⁴⁷ (all times the
# leaf's scale) a leaf moved by any step is still a float64, for elements up to 2⁶ times the scale.
_LEAF_GRID = 2.0**-47
_SMALLEST_OF_SCALE = 2.0**-20


def scale_of(leaf: Tensor) -> float:
    """The power of two nearest to the root mean square of a leaf; 1 for a leaf of zeros.

    >>> scale_of(torch.tensor([3e9, -5e9], dtype=torch.float64)) == 2.0**32
    True
    """
    spread = root_mean_square(leaf)
    if not 0 < spread < math.inf:
        return 1.0
    # No logarithm, whose rounding would be another at twice the scale.
    part, exponent = math.frexp(spread)
    return 2.0 ** (exponent if part >= math.sqrt(0.5) else exponent - 1)


def on_grid(leaf: Tensor) -> Tensor:
    """The leaf, each element moved by less than 4e-15 of the scale, so that steps are exact.

    It is itself where it lies there already, else a copy.

    Zeros stay zeros and ties stay ties.  Elements far below the scale are moved by less than that
    part of themselves, so that steps in units of their own size are exact as well; the sum with a
    larger step is rounded relative to the step, which does no harm.
    """
    if leaf.is_contiguous() and is_on_grid(leaf):
        return leaf
    return put_on_grid(leaf.clone(memory_format=torch.contiguous_format))


def put_on_grid(leaf: Tensor) -> Tensor:
    """The same, in the memory of a tensor that is nobody else's."""
    scale = scale_of(leaf)
    for (part,) in chunks(leaf):
        part.copy_(_snapped(part, scale))
    return leaf


def is_on_grid(leaf: Tensor) -> bool:
    """Whether it would be moved nowhere."""
    scale = scale_of(leaf)
    return all(torch.equal(part, _snapped(part, scale)) for (part,) in chunks(leaf))


def _snapped(part: Tensor, scale: float) -> Tensor:
    own = torch.ldexp(torch.ones_like(part), torch.frexp(part).exponent)
    grid = _LEAF_GRID * torch.where(part.abs() < _SMALLEST_OF_SCALE * scale, own, scale)
    snapped = torch.round(part / grid) * grid
    return torch.where(torch.isfinite(snapped), snapped, part)

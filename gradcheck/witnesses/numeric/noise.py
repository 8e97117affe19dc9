"""How noisy a forward is: the rounding of each output, measured and not assumed.

An output carries half an ulp of its own rounding at least.  It carries far more where terms cancel
inside: exp(x) - 1 near zero is rounded at one, not at x.  Two signs give that away, from three
values so near to each other that the function between them is a straight line:

- their second difference is noise alone;
- all are multiples of one power of two far above their last bits (what a subtraction of rounded
  terms leaves, or a float32 inside).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_HALF_EPSILON = 0.5 * torch.finfo(torch.float64).eps
_SMALLEST_NORMAL = torch.finfo(torch.float64).tiny
_DIGITS = 53
# A second difference adds six times the variance of one value.
_SECOND_DIFFERENCE = math.sqrt(6)
# Fewer outputs than these say nothing of each other.
_POOLED = 4
# A median of absolute normal numbers is so much below their standard deviation.
_MEDIAN_TO_DEVIATION = 1.4826
# Three values share ten last zeros by chance once in a thousand million.
_GRANULAR = 2.0**10
# A leaf is on a grid of 2⁻⁴⁷ of its scale, and so is what a linear map makes of round numbers
# without any rounding.
_LEAF_GRID = 2.0**-43


def noise_of(
    centre: Tensor, ahead: Tensor, behind: Tensor, slope: Tensor, half_epsilon: float
) -> Tensor:
    """The standard error of each output, from its values at a point and a nudge to both sides.

    ``slope`` tells about how fast it changes, in units of the leaf's scale.

    Shapes   centre, ahead, behind, slope (n_outputs,)  ->  (n_outputs,)

    >>> y = torch.tensor([1.0, 1.0 + 2e-9, 1.0 - 2e-9], dtype=torch.float64).unsqueeze(1)
    >>> bool(noise_of(*y, slope=torch.ones(1), half_epsilon=2**-53) < 2e-16)
    True
    """
    rounding = half_epsilon * magnitude(centre.abs()) + _SMALLEST_NORMAL
    second = ((ahead - centre) - (centre - behind)).abs().nan_to_num(0.0) / _SECOND_DIFFERENCE
    if centre.numel() >= _POOLED:
        typical = float((second / rounding).median()) * _MEDIAN_TO_DEVIATION
        rounding = rounding * max(1.0, typical)
    grid = _common_grid(torch.stack([centre, ahead, behind]))
    coarse = (grid > _GRANULAR * 2 * _HALF_EPSILON * centre.abs()) & (
        grid > _LEAF_GRID * slope.abs().nan_to_num(0.0)
    )
    granular = torch.where(coarse, 0.5 * grid, 0.0)
    return torch.maximum(torch.maximum(rounding, second), granular)


def magnitude(sizes: Tensor) -> Tensor:
    """The size of each output, never below their root mean square in its row.

    An output that is small because large terms cancel still carries the roundoff of the terms.
    """
    finite = sizes.nan_to_num(0.0, posinf=0.0)
    top = finite.amax(dim=-1, keepdim=True) if finite.numel() else finite
    relative = finite / torch.where(top > 0, top, 1.0)
    return torch.maximum(sizes, top * relative.square().mean(dim=-1, keepdim=True).sqrt())


def _common_grid(values: Tensor) -> Tensor:
    """The largest power of two of which all values of a column are multiples; 0 if all are zero."""
    mantissa, exponent = torch.frexp(values.nan_to_num(0.0, posinf=0.0, neginf=0.0))
    whole = (mantissa * 2.0**_DIGITS).to(torch.int64)
    lowest = (whole & -whole).double()
    grid = torch.ldexp(lowest, (exponent - _DIGITS).double())
    smallest = torch.where(values == 0, torch.inf, grid).amin(dim=0)
    return torch.where(torch.isinf(smallest), 0.0, smallest)

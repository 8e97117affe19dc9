"""How noisy a forward is: the rounding of each output, measured and not assumed.

An output carries half an ulp of its own rounding at least.  It carries far more where terms cancel
inside: exp(x) - 1 near zero is rounded at one, not at x.  Two signs give that away:

- the second difference of three values so near to each other that the function between them is a
  straight line: it is noise alone;
- values that move, and yet are all multiples of one power of two far above their last bits: what
  a subtraction of rounded terms leaves, or a float32 inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable

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
_LAST_BITS = 2**10 - 1
# A linear map makes of points on a grid what lies on a grid again, without any rounding: only one
# so much coarser is suspicious.
_SUSPICIOUS = 2.0**6
_FEW_GRAINS = 8.0


def noise_of(centre: Tensor, ahead: Tensor, behind: Tensor, half_epsilon: float) -> Tensor:
    """The standard error of each output, from its values at a point and a nudge to both sides.

    Shapes   centre, ahead, behind (n_outputs,)  ->  (n_outputs,)

    >>> y = torch.tensor([1.0, 1.0 + 2e-9, 1.0 - 2e-9], dtype=torch.float64).unsqueeze(1)
    >>> bool(noise_of(*y, half_epsilon=2**-53) < 2e-16)
    True
    """
    rounding = half_epsilon * magnitude(centre.abs()) + _SMALLEST_NORMAL
    second = ((ahead - centre) - (centre - behind)).abs().nan_to_num(0.0) / _SECOND_DIFFERENCE
    if centre.numel() >= _POOLED:
        typical = float((second / rounding).median()) * _MEDIAN_TO_DEVIATION
        rounding = rounding * max(1.0, typical)
    return torch.maximum(rounding, second)


def granularity(
    values: Tensor, step: float, known: Tensor | None, grid_of_points: Callable[[], float]
) -> Tensor:
    """Half of the grid on which outputs lie that should fill the whole line; 0 where they do.

    An output that moves by a few grains only says nothing of its slope: then infinity.  One that
    does not move at all may be flat, or hide a slope below its grain.

    Args:
        values: The outputs at a few points, no further than ``step`` from each other.
        step: In units of the leaf's scale.
        known: What larger steps have said, if there were any; an output that does not move
            cannot contradict it.
        grid_of_points: The grid on which the points themselves lie, in units of the scale; asked
            only where there is reason to.

    Shapes   values (n_points, n_outputs), known (n_outputs,)  ->  (n_outputs,)

    >>> x = 1e-8 + 1e-10 * torch.randn(5, 1, dtype=torch.float64)
    >>> float(granularity(x.exp() - 1, 0.01, None, lambda: 2.0**-47))
    1.1e-16
    >>> float(granularity(x.expm1(), 0.01, None, lambda: 2.0**-47))
    0.0
    """
    if known is None and not _have_few_digits(values):
        return torch.zeros_like(values[0])
    low, high = values.amin(dim=0), values.amax(dim=0)
    moved = high > low
    size = torch.maximum(low.abs(), high.abs()).nan_to_num(0.0)
    grid = _common_grid(values)
    suspicious = grid > _GRANULAR * 2 * _HALF_EPSILON * size
    guilty = suspicious & moved
    if bool(guilty.any()):
        span = (high - low).nan_to_num(0.0)
        guilty &= grid > _SUSPICIOUS * grid_of_points() * span / step
        grain = torch.where(span > _FEW_GRAINS * grid, 0.5 * grid, torch.inf)
    else:
        grain = torch.zeros_like(grid)
    hidden = _hidden(grid, size, suspicious & ~moved)
    hidden = hidden if known is None else torch.maximum(hidden, known)
    return torch.where(moved, torch.where(guilty, grain, 0.0), hidden)


def _have_few_digits(values: Tensor) -> bool:
    """Whether some output ends in ten zeros at every point."""
    return bool(((values.view(torch.int64) & _LAST_BITS) == 0).all(dim=0).any())


def _hidden(grid: Tensor, size: Tensor, suspicious: Tensor) -> Tensor:
    """The grain of what stands still: that of the terms which may cancel in it.

    A constant such as one has few digits too, but no terms are so large that their rounding is.
    """
    largest = max(1.0, float(size.max())) if size.numel() else 1.0
    plausible = suspicious & (grid <= _GRANULAR * 2 * _HALF_EPSILON * largest)
    grain = torch.where(plausible, 0.5 * grid, 0.0)
    if bool(plausible.any()):
        of_zeros = float(grain.max())
    else:
        of_zeros = 0.0 if bool((size > 0).any()) else _HALF_EPSILON / 2
    return torch.where(size == 0, of_zeros, grain)


def coarsest_grid(values: Tensor) -> float:
    """The largest power of two of which some value is a multiple; infinity for zero.

    >>> coarsest_grid(torch.tensor([1.5, -2.0, 0.1])), coarsest_grid(torch.zeros(1))
    (2.0, inf)
    """
    if not values.numel() or not bool(values.all()):
        return math.inf
    return float(_common_grid(values.double().reshape(1, -1)).max())


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

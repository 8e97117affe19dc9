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
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gradcheck.norms import largest

Pair = tuple[Tensor, Tensor]
"""The outputs at points as far ahead as behind."""

_HALF_EPSILON = 0.5 * torch.finfo(torch.float64).eps
_SMALLEST_NORMAL = torch.finfo(torch.float64).tiny
_DIGITS = 53
# A second difference adds six times the variance of one value, a third twenty times.
_SECOND_DIFFERENCE = math.sqrt(6)
_THIRD_DIFFERENCE = math.sqrt(20)
# Fewer outputs than these say nothing of each other.
_POOLED = 4
# A median of absolute normal numbers is so much below their standard deviation.
_MEDIAN_TO_DEVIATION = 1.4826
# Three values share ten last zeros by chance once in a thousand million.
_GRANULAR = 2.0**10
_LAST_BITS = 2**10 - 1
_FEW_GRAINS = 8.0
# An output of so small a part of its terms has lost its last digits to their rounding; and a grid
# that is so fine, beside its values, is what rounding left and was not meant.
_LOST = 2.0**-20
# An oscillation is taken for roundoff where it is below so many times the noise.
_VISIBLE = 2.0**10
# What moves by so many times as it strays from a line is on it; and strays at most so much more.
_STRAIGHT = 2.0**6
_STRAY = 4.0
# What strays by less than this part of itself does not oscillate.
_CALM = 2.0**-10
# A fifth difference of a power is zero.  Two of them are that small by chance once in 10¹²: so
# near to each other points lie on a power, as x² at zero, to their last digits, or on none.
_SMOOTH_ORDER, _SMOOTH = 5, 2.0**20
# Treads stray from a line and from one eight times longer by no more than this apart.
_ALIKE = 4.0


def noise_of(
    centre: Tensor, near: Pair, half_epsilon: float, farther: Callable[[], Pair] | None = None
) -> Tensor:
    """The standard error of each output, from its values at a point and a nudge to both sides.

    Many outputs say of each other how noisy one is.  Of a few, each could lie on the line by
    chance: then points three nudges away are asked as well.

    Shapes   centre, and each of near and farther (n_outputs,)  ->  (n_outputs,)

    >>> y = torch.tensor([1.0, 1.0 + 2e-9, 1.0 - 2e-9], dtype=torch.float64).unsqueeze(1)
    >>> bool(noise_of(y[0], (y[1], y[2]), half_epsilon=2**-53) < 2e-16)
    True
    """
    rounding = half_epsilon * magnitude(centre.abs()) + _SMALLEST_NORMAL
    second = _second_difference(centre, near)
    if centre.numel() >= _POOLED:
        typical = float((second / rounding).median()) * _MEDIAN_TO_DEVIATION
        rounding = rounding * max(1.0, typical)
    elif farther is not None:
        far = farther()
        third = ((far[0] - far[1]) - 3 * (near[0] - near[1])).abs().nan_to_num(0.0)
        second = torch.maximum(second, _second_difference(centre, far))
        second = torch.maximum(second, third / _THIRD_DIFFERENCE)
    return torch.maximum(rounding, second)


def _second_difference(centre: Tensor, beside: Pair) -> Tensor:
    """What is left of a straight line, in units of the noise of one value."""
    ahead, behind = beside
    return ((ahead - centre) - (centre - behind)).abs().nan_to_num(0.0) / _SECOND_DIFFERENCE


def noise_beside_a_line(differences: Tensor, distances: Tensor) -> Tensor:
    """The noise of each output, from values so far ahead less those so far behind.

    Where the numbers of the points use all their digits this holds whatever the point is.  With
    round ones each value could carry the same rounding, and their differences none.

    Shapes   differences (n_distances, n_outputs), distances (n_distances,)  ->  (n_outputs,)

    >>> t = torch.tensor([0.1, 0.2, 0.4], dtype=torch.float64)
    >>> noise_beside_a_line(t.unsqueeze(1) * torch.tensor([5.0, 7.0]), t).tolist()
    [0.0, 0.0]
    """
    weights = distances / distances.square().sum()
    strays = differences - distances.unsqueeze(1) * (weights @ differences)
    freedom = max(1, len(distances) - 1)
    return (strays.square().sum(dim=0) / (2 * freedom)).sqrt().nan_to_num(torch.inf)


def noise_of_treads(nearer: Tensor, farther: Tensor) -> Tensor:
    """The noise of a staircase, from how far it strays from a line and from one eight times longer.

    Treads stray alike from both.  A kink in between, or a curve, strays by more the longer the line
    is, and is none.

    Shapes   nearer, farther (n_outputs,)  ->  (n_outputs,)

    >>> noise_of_treads(torch.tensor([3e-8, 1e-9]), torch.tensor([4e-8, 8e-9])).tolist()
    [4e-08, 0.0]
    """
    return torch.where(farther <= _ALIKE * nearer, torch.maximum(nearer, farther), 0.0)


def rounding_of_terms(centre: Tensor) -> float:
    """How far terms that cancel in an output may be rounded: those of one, or of the outputs."""
    return _GRANULAR * _HALF_EPSILON * max(1.0, largest(centre))


def is_far_below_terms(centre: Tensor) -> Tensor:
    """Which outputs are so small that most of their digits may be gone, and are not just zero."""
    return (centre != 0) & (centre.abs() < _LOST * max(1.0, largest(centre)))


def overshadowed(centre: Tensor, near: Pair, noise: Tensor) -> Tensor:
    """Which outputs move and are no larger than their noise, as far as others lend it to them.

    A sine of 4e7 beside a square of 4e7 is not rounded like the square, and whoever thinks so
    takes its whole oscillation for roundoff, and it for flat.

    Shapes   centre, each of near, noise (n_outputs,)  ->  (n_outputs,)
    """
    own = _HALF_EPSILON * centre.abs()
    moves = (near[0] != centre) | (near[1] != centre)
    return moves & (centre.abs() < _VISIBLE * noise) & (noise > _VISIBLE * own)


def noise_of_its_own(nudged: Sequence[Tensor], noise: Tensor) -> Tensor:
    """The noise of overshadowed outputs, from values at ..., -2, -1, 0, 1, 2, ... nudges.

    An output that moves along a straight line, or on a curve as smooth as a power, shows its noise
    by how it deviates.  One that moves in no such way, by far less than the noise lent to it, and
    is not granular either, is no rounding: of its slope nothing is known.

    Shapes   nudged, each, and noise (n_outputs,)  ->  (n_outputs,)

    >>> x = 4e7 + torch.arange(-3, 4, dtype=torch.float64).unsqueeze(1) / 2**20
    >>> float(noise_of_its_own(tuple(torch.sin(x)), noise=torch.tensor([0.1]))) < 1e-10
    True
    """
    values = torch.stack(tuple(nudged))
    reach = len(nudged) // 2
    centre = values[reach]
    slope = (values[-1] - values[0]) / (2 * reach)
    line = centre + slope * torch.arange(-reach, reach + 1, device=slope.device).to(
        slope
    ).unsqueeze(1)
    own = _HALF_EPSILON * centre.abs() + _SMALLEST_NORMAL
    bent = (values - line).abs().amax(dim=0).nan_to_num(torch.inf)
    moves = (values[-1] - values[0]).abs()
    straight = moves > _STRAIGHT * bent
    strays = values.diff(n=_SMOOTH_ORDER, dim=0).abs().amax(dim=0).nan_to_num(torch.inf)
    coarse = _is_coarse(_common_grid(values), values.abs().amax(dim=0))
    smooth = ~(straight | coarse) & ((values - centre).abs().amax(dim=0) > _SMOOTH * strays)
    bent = torch.where(smooth, strays, bent)
    erratic = (bent > _STRAIGHT * own) & (bent * _STRAIGHT < noise) & ~coarse
    # The rounding of a large argument, as of exp(-70), moves an output by a small part of itself.
    calm = erratic & (bent < _CALM * values.abs().amax(dim=0))
    erratic &= ~calm
    unlit = torch.where(erratic, torch.inf, noise)
    lit = straight | smooth | calm
    return torch.where(lit, torch.minimum(noise, own + _STRAY * bent), unlit)


def granularity(values: Tensor, known: Tensor | None, elsewhere: Callable[[], Tensor]) -> Tensor:
    """Half of the grid on which outputs lie that should fill the whole line; 0 where they do.

    An output that moves by a few grains only says nothing of its slope: then infinity.  One that
    does not move at all may be flat, or hide a slope below its grain.

    Args:
        values: The outputs at a few points near to each other.
        known: What larger steps have said, if there were any; an output that does not move
            cannot contradict it.
        elsewhere: The outputs at points between these whose numbers use all their digits; asked
            only where there is reason to.  A polynomial of round numbers is a round number
            without any rounding, and of these it is none.

    Shapes   values, elsewhere (n_points, n_outputs), known (n_outputs,)  ->  (n_outputs,)

    >>> x = 1e-8 + 1e-10 * torch.randn(5, 1, dtype=torch.float64)
    >>> float(granularity(x.exp() - 1, None, lambda: (math.pi * x).exp() - 1))
    1.1e-16
    >>> float(granularity(x.expm1(), None, lambda: (math.pi * x).expm1()))
    0.0
    """
    few = _have_few_digits(values)
    if not bool(few.any()):
        return torch.zeros_like(values[0]) if known is None else _unless_moved(values, known)
    low, high = values.amin(dim=0), values.amax(dim=0)
    size = torch.maximum(low.abs(), high.abs()).nan_to_num(0.0)
    grid = torch.zeros_like(size)
    grid[few] = _common_grid(values[:, few])
    moved, suspicious = high > low, _is_coarse(grid, size)
    guilty, grain = suspicious & moved, torch.zeros_like(grid)
    if bool(guilty.any()):
        grid[guilty] = _common_grid(torch.cat([values, elsewhere()])[:, guilty])
        guilty &= _is_coarse(grid, size)
        span = (high - low).nan_to_num(0.0)
        grain = torch.where(guilty & (span <= _FEW_GRAINS * grid), torch.inf, 0.5 * guilty * grid)
    innocent = bool(moved.any()) and not bool(guilty.any())
    hidden = torch.zeros_like(grid) if innocent else _hidden(grid, size, suspicious & ~moved)
    hidden = hidden if known is None else torch.maximum(hidden, known)
    return torch.where(moved, grain, hidden)


def _unless_moved(values: Tensor, known: Tensor) -> Tensor:
    """What is known already of outputs that stand still, nothing of the others."""
    return torch.where((values == values[0]).all(dim=0), known, 0.0)


def _is_coarse(grid: Tensor, size: Tensor) -> Tensor:
    """Whether numbers of this size, multiples of the grid, lack their last ten digits."""
    return grid > _GRANULAR * 2 * _HALF_EPSILON * size


def _have_few_digits(values: Tensor) -> Tensor:
    """Which outputs end in ten zeros at every point."""
    return ((values.view(torch.int64) & _LAST_BITS) == 0).all(dim=0)


def _hidden(grid: Tensor, size: Tensor, suspicious: Tensor) -> Tensor:
    """The grain of what stands still: that of the terms which may cancel in it.

    Asked only where nothing moves, or some of it by grains: else the forward has all its digits.

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


def hidden_step(values: Tensor, centre: Tensor) -> Tensor:
    """How far an output that stands still may be from what it would be without rounding.

    An erf of 15 moves by less than the last bit of one, and one less that erf is zero.  Terms that
    are larger than one show where the output does move: by multiples of a power of two.  Where it
    is tiny everywhere, no term of one is in it.

    Shapes   values (n_points, n_directions, n_outputs), centre (n_directions, n_outputs)
             ->  (n_directions, n_outputs)

    >>> x = torch.linspace(-20, 1, 9, dtype=torch.float64).reshape(9, 1, 1)
    >>> float(hidden_step(x.exp() + 2.0**20 - 2.0**20, torch.zeros(1, 1))) == 2.0**-33
    True
    """
    seen = values.flatten(0, 1).nan_to_num(0.0, posinf=0.0, neginf=0.0)
    one = (_GRANULAR * seen.abs().amax(dim=0)).clamp(max=1.0)
    size, grid = torch.maximum(centre.abs(), one), _common_grid(seen)
    return torch.maximum(_HALF_EPSILON * size, torch.where(grid < _LOST * size, 0.5 * grid, 0.0))


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

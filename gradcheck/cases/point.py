"""Where a subject is checked: seeded inputs, cotangents and directions, on an exact grid."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from gradcheck.norms import root_mean_square
from gradcheck.subject import Outputs, Values

# Directions are multiples of 2⁻⁸ and steps go down to 3·2⁻³⁸: on a grid of 2⁻⁴⁷ (all times the
# leaf's scale) a leaf moved by any step is still a float64, for elements up to 2⁶ times the scale.
_DIRECTION_GRID = 2.0**-8
_FURTHEST = 3.0
_LEAF_GRID = 2.0**-47
_SMALLEST_OF_SCALE = 2.0**-20
# A large leaf is worked on in parts of this many elements: what is between is not as large again.
_BLOCK = 2**18


def generator(*seeds: int) -> Generator:
    """A generator of its own for each draw, so that no draw depends on how many came before.

    >>> float(torch.rand(1, generator=generator(0, 1))) == float(
    ...     torch.rand(1, generator=generator(0, 1))
    ... )
    True
    """
    return Generator().manual_seed(seed_of(*seeds))


def seed_of(*seeds: int) -> int:
    """One seed from several, such as the user's and the number of a draw.

    >>> seed_of(0, 1) != seed_of(1, 0)
    True
    """
    mixed = 0
    for seed in seeds:
        mixed = (mixed * 1_000_003 + seed + 1) % 2**63
    return mixed


def normal(shape: tuple[int, ...], draws: Generator) -> Tensor:
    """Standard normal numbers in float64."""
    return torch.randn(shape, generator=draws, dtype=torch.float64)


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

    Zeros stay zeros and ties stay ties.  Elements far below the scale are moved by less than that
    part of themselves, so that steps in units of their own size are exact as well; the sum with a
    larger step is rounded relative to the step, which does no harm.
    """
    scale = scale_of(leaf)
    snapped = leaf.clone(memory_format=torch.contiguous_format)
    for part in snapped.view(-1).split(_BLOCK):
        part.copy_(_snapped(part, scale))
    return snapped


def _snapped(part: Tensor, scale: float) -> Tensor:
    own = torch.ldexp(torch.ones_like(part), torch.frexp(part).exponent)
    grid = _LEAF_GRID * torch.where(part.abs() < _SMALLEST_OF_SCALE * scale, own, scale)
    snapped = torch.round(part / grid) * grid
    return torch.where(torch.isfinite(snapped), snapped, part)


def direction(leaf: Tensor, draws: Generator, reach: float | None = None) -> Tensor:
    """A normal direction on a coarse grid, times the leaf's scale or another power of two.

    Cut at three deviations: the one element in a hundred thousand that moves further than all
    others would set the size of the steps, and no error is seen the better for it.

    Normal and not ±1: two wrong elements of equal size would cancel in half of the ±1 draws.
    """
    drawn = normal(tuple(leaf.shape), draws).clamp_(-_FURTHEST, _FURTHEST)
    drawn.div_(_DIRECTION_GRID).round_().mul_(_DIRECTION_GRID)
    return drawn.mul_(scale_of(leaf) if reach is None else reach).to(leaf.device)


def cotangents(outputs: Outputs, draws: Generator, *, free: bool) -> Outputs:
    """One cotangent for each output: normal, or all ones where the backward takes none."""
    if not free:
        return tuple(torch.ones_like(output) for output in outputs)
    return tuple(
        normal(tuple(output.shape), draws).to(device=output.device, dtype=output.dtype)
        for output in outputs
    )


def inputs(shapes: tuple[tuple[int, ...], ...], seed: int) -> Values:
    """Normal inputs of these shapes."""
    return tuple(normal(shape, generator(seed, number)) for number, shape in enumerate(shapes))


def inputs_on_kinks(shapes: tuple[tuple[int, ...], ...], seed: int) -> Values:
    """Normal inputs, some of whose elements are zero, equal to a neighbour, or to another input.

    >>> x, y = inputs_on_kinks(((2, 3), (2, 3)), seed=0)
    >>> int((x == 0).sum()), int((x == y).sum())
    (2, 2)
    """
    first, *others = inputs(shapes, seed)
    flat = first.view(-1)
    flat[::3] = 0.0
    flat[2::6] = flat[1::6][: flat[2::6].numel()]
    for other in others:
        if other.shape == first.shape:
            other.view(-1)[1::3] = flat[1::3]
    return (first, *others)

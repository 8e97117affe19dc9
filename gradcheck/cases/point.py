"""Where a subject is checked: seeded inputs, cotangents and directions."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from gradcheck.chunks import chunks
from gradcheck.grid import scale_of
from gradcheck.subject import Outputs, Values

# A multiple of this, times the leaf's scale, so that a leaf on its grid moves exactly.
STEP = 2.0**-8
_FURTHEST = 3.0


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
    """Standard normal numbers in float64: the same on every device, so drawn on the CPU."""
    return torch.randn(shape, generator=draws, dtype=torch.float64, device="cpu")


def direction(leaf: Tensor, draws: Generator, reach: float | None = None) -> Tensor:
    """A normal direction on a coarse grid, times the leaf's scale or another power of two.

    Cut at three deviations: the one element in a hundred thousand that moves further than all
    others would set the size of the steps, and no error is seen the better for it.

    Normal and not ±1: two wrong elements of equal size would cancel in half of the ±1 draws.
    """
    unit = STEP * (scale_of(leaf) if reach is None else reach)
    return steps(tuple(leaf.shape), draws).double().mul_(unit).to(leaf.device)


def steps(shape: tuple[int, ...], draws: Generator) -> Tensor:
    """The same in whole steps, as int16: a quarter of its size."""
    drawn = torch.empty(shape, dtype=torch.int16, device="cpu")
    for (part,) in chunks(drawn):
        numbers = normal(tuple(part.shape), draws).clamp_(-_FURTHEST, _FURTHEST)
        part.copy_(numbers.div_(STEP).round_())
    return drawn


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

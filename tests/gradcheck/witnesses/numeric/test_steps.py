"""Directions in whole steps give what the same numbers in float64 would, to the bit."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gradcheck.cases.point import STEP, direction, generator, steps
from gradcheck.grid import on_grid
from gradcheck.witnesses.numeric.steps import Steps, added, moved, nearest, product

# Of two elements, and of more than what is worked on at once.
SHAPES = [(2,), (3, 100_000)]
TIMES = (2.0**-9, -3 * 2.0**-36, 0.8660254037844386, 26.4575131106459)
REACH = 2.0**7


def both(shape: tuple[int, ...], seed: int) -> tuple[Steps, Tensor]:
    """Return one direction in steps, and in float64."""
    way = Steps(steps(shape, generator(seed)), STEP * REACH)
    return way, direction(torch.zeros(shape), generator(seed), REACH)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_leaf_moves_as_far(shape: tuple[int, ...]) -> None:
    """By steps that are exact, and by such that are not."""
    way, plain = both(shape, 0)
    leaf = on_grid(torch.randn(shape, dtype=torch.float64))
    for t in TIMES:
        assert torch.equal(moved(leaf, way, t), torch.add(leaf, plain, alpha=t))


@pytest.mark.parametrize("shape", SHAPES)
def test_sums_multiples_and_nearest_points_are_the_same(shape: tuple[int, ...]) -> None:
    """The nudges lie on a coarser grid than the directions."""
    (one, plain), (other, too) = both(shape, 0), both(shape, 1)
    zero = torch.zeros(shape, dtype=torch.float64)
    assert torch.equal(moved(zero, added(one, other), 1.0), plain + too)
    assert torch.equal(moved(zero, one * 2.0**17, 1.0), plain * 2.0**17)
    coarse = nearest(plain, REACH / 4)
    assert torch.equal(moved(zero, nearest(one, REACH / 4), 1.0), moved(zero, coarse, 1.0))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_products_differ_by_rounding_alone(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    """A claim may be float32; the product is taken in float64."""
    way, plain = both(shape, 0)
    claim = torch.randn(shape, dtype=dtype)
    size = float(claim.double().norm() * plain.norm())
    assert product(claim, way) == pytest.approx(product(claim, plain), abs=1e-15 * size)


def test_a_direction_takes_two_bytes_an_element() -> None:
    """Three deviations are 768 steps, and the sum of a dozen lines is still an int16."""
    count = steps((100_000,), generator(0))
    assert count.dtype == torch.int16
    assert int(count.abs().max()) == 768

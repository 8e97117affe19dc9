"""Where a subject is checked: seeds, directions, and a grid on which steps are exact."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.cases.point import cotangents, direction, generator, inputs, normal, seed_of
from gradcheck.grid import on_grid, scale_of
from gradcheck.witnesses.numeric.ladder import SENTINEL_STEP, UNITS
from gradcheck.witnesses.numeric.stencil import STEPS

SHAPES = st.lists(st.integers(0, 5), max_size=3).map(tuple)
SEEDS = st.integers(0, 2**64)
EXPONENTS = st.integers(-300, 300)
# A step from just below a power of two crosses to where floats are half as dense.
ROUND = [0.0, -0.0, 1.0, math.nextafter(2, 0), math.nextafter(4, 0)]
LENGTHS = [SENTINEL_STEP, *(step * unit for unit in UNITS for step in STEPS)]
STEPS_USED = [sign * length for length in LENGTHS for sign in (1, -1)]


@st.composite
def leaves(draw: st.DrawFn) -> Tensor:
    """Draw a leaf of any scale: normal numbers, round ones, zeros and ties among them."""
    seed, count, exponent = draw(SEEDS), draw(st.integers(1, 60)), draw(EXPONENTS)
    leaf = normal((count,), generator(seed))
    chosen = draw(st.lists(st.integers(0, count - 1), max_size=10))
    for position in chosen:
        leaf[position] = draw(st.sampled_from([*ROUND, 0.1, -1 / 3, float(leaf[0])]))
    return leaf * 2.0**exponent


@given(leaves(), SEEDS)
def test_every_step_from_the_grid_is_exact(leaf: Tensor, seed: int) -> None:
    """(x + t v) - x is t v to the last bit, for each t that finite differences use.

    Elements far below the leaf's scale are excepted, since rounding them costs them digits.
    """
    x = on_grid(leaf)
    v = direction(x, generator(seed))
    exact = (x == 0) | (x.abs() >= 2.0**-19 * scale_of(leaf))
    for t in STEPS_USED:
        assert torch.equal(((x + t * v) - x)[exact], (t * v)[exact])


@given(SEEDS, st.integers(1, 60))
def test_a_large_element_among_small_ones_is_exact_too(seed: int, count: int) -> None:
    """Up to 64 times the scale, which takes a leaf of thousands of zeros."""
    leaf = torch.zeros(2048, dtype=torch.float64)
    leaf[:: 2048 // count] = normal((1,), generator(seed))
    x = on_grid(leaf)
    v = direction(x, generator(seed, 1))
    for t in STEPS_USED:
        assert torch.equal((x + t * v) - x, t * v)


@given(leaves())
def test_the_grid_is_finer_than_any_rounding(leaf: Tensor) -> None:
    """No element moves by more than 4e-15 of the scale: no user's point becomes another."""
    assert float((on_grid(leaf) - leaf).abs().max()) <= 4e-15 * scale_of(leaf)


@given(leaves())
def test_zeros_signs_and_ties_survive(leaf: Tensor) -> None:
    """Kinks lie at zeros and at ties, and must still be met exactly."""
    x = on_grid(leaf)
    assert torch.equal(x.sign(), leaf.sign())
    assert torch.equal(x[:, None] == x, (x[:, None] == x) | (leaf[:, None] == leaf))


@given(leaves())
def test_the_order_of_the_elements_survives(leaf: Tensor) -> None:
    """A maximum stays the maximum."""
    assert bool((on_grid(leaf[leaf.argsort()]).diff() >= 0).all())


@pytest.mark.parametrize("tiny", [1e-7, -1e-12, 1e-200, 5e-324])
def test_an_element_far_below_the_scale_keeps_its_digits(tiny: float) -> None:
    """On the grid of the others it would lose them, or become zero."""
    leaf = torch.tensor([1.0, tiny, -1.0], dtype=torch.float64)
    assert float(on_grid(leaf)[1]) == pytest.approx(tiny, rel=8e-15, abs=0)


@pytest.mark.parametrize("tiny", [1e-7, -1e-12, 1e-200])
def test_steps_of_an_elements_own_size_are_exact(tiny: float) -> None:
    """An element far below the scale is moved there and back in units of itself, too."""
    element = float(on_grid(torch.tensor([1.0, tiny], dtype=torch.float64))[1])
    own = 2.0 ** round(math.log2(abs(tiny)))
    for step in (3 * 2.0**-38, 19 * 2.0**-9):
        move = own * 0.75 * step
        assert (element + move) - element == move


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_stays_as_it_is(odd: float) -> None:
    """The forward is asked about the user's point, and told if it cannot answer there."""
    leaf = torch.tensor([odd, 2.0], dtype=torch.float64)
    assert torch.equal(on_grid(leaf).nan_to_num(nan=7.0), leaf.nan_to_num(nan=7.0))


@given(leaves(), EXPONENTS)
def test_the_scale_follows_the_leaf(leaf: Tensor, exponent: int) -> None:
    """It is a power of two, next to the root mean square, whatever the unit."""
    scale = scale_of(leaf)
    assert math.frexp(scale)[0] == 0.5
    size = float((leaf / scale).square().mean().sqrt())
    if leaf.any():
        assert 0.7 < size < 1.42
        assert scale_of(leaf * 2.0**exponent) == scale * 2.0**exponent


@pytest.mark.parametrize("values", [[], [0.0, -0.0], [math.nan], [math.inf, 1.0]])
def test_a_leaf_without_a_size_has_the_scale_one(values: list[float]) -> None:
    """So that it can be moved at all."""
    assert scale_of(torch.tensor(values, dtype=torch.float64)) == 1


@pytest.mark.parametrize("values", [[5e-324, 0, 0, 0], [2e-308], [1e308, 0], [1.7e308] * 4])
def test_a_leaf_at_the_end_of_the_numbers_can_be_moved(values: list[float]) -> None:
    """Whether a forward can be asked there is another's question."""
    leaf = torch.tensor(values, dtype=torch.float64)
    assert 0 < scale_of(leaf) < math.inf
    assert torch.equal(on_grid(leaf) == 0, leaf == 0)


@given(SHAPES, SEEDS, EXPONENTS)
def test_a_direction_is_a_coarse_multiple_of_the_scale(
    shape: tuple[int, ...], seed: int, exponent: int
) -> None:
    """Multiples of 2⁻⁸ and of the leaf's scale, in the leaf's shape, the same each time."""
    leaf = normal(shape, generator(seed, 1)) * 2.0**exponent
    v = direction(leaf, generator(seed))
    assert v.shape == leaf.shape
    units = v / scale_of(leaf) * 2.0**8
    assert torch.equal(units, units.round())
    assert torch.equal(v, direction(leaf, generator(seed)))


def test_directions_are_normal() -> None:
    """With signs alone, two equal errors would cancel in half of the draws."""
    v = direction(torch.ones(100_000, dtype=torch.float64), generator(0))
    assert abs(float(v.mean())) < 0.02
    assert float(v.std()) == pytest.approx(1, abs=0.02)
    assert float((v.abs() > 1.96).double().mean()) == pytest.approx(0.05, abs=0.005)


@given(SHAPES, SEEDS)
def test_cotangents_fit_their_outputs(shape: tuple[int, ...], seed: int) -> None:
    """In shape and dtype, one for each, and no two alike."""
    outputs = (torch.zeros((*shape, 2)), torch.zeros((*shape, 2), dtype=torch.float64))
    first, second = cotangents(outputs, generator(seed), free=True)
    assert (first.shape, first.dtype) == (outputs[0].shape, torch.float32)
    assert (second.shape, second.dtype) == (outputs[1].shape, torch.float64)
    assert first.numel() == 0 or not torch.equal(first.double(), second)


def test_a_backward_that_takes_no_cotangent_is_asked_about_ones() -> None:
    """A loss seeds itself with them."""
    (u,) = cotangents((torch.zeros(2, 3),), generator(0), free=False)
    assert torch.equal(u, torch.ones(2, 3))


@given(st.lists(SHAPES, max_size=3), SEEDS)
def test_inputs_follow_from_the_seed_alone(shapes: list[tuple[int, ...]], seed: int) -> None:
    """Whatever the global generator has done, which is not touched either."""
    before = torch.get_rng_state()
    drawn = inputs(tuple(shapes), seed)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert [tuple(x.shape) for x in drawn] == shapes
    assert all(torch.equal(a, b) for a, b in zip(drawn, inputs(tuple(shapes), seed), strict=True))


def test_inputs_of_one_shape_differ() -> None:
    """A prediction that equals its target would hide every mistake of a loss."""
    first, second = inputs(((4, 3), (4, 3)), 0)
    assert not bool((first == second).any())


def test_no_two_draws_share_a_seed() -> None:
    """The user's seed, the case, the draw and the leaf all count, and so does their order."""
    few = range(12)
    keys = [key for length in (1, 2, 3) for key in itertools.product(few, repeat=length)]
    assert len({seed_of(*key) for key in keys}) == len(keys)


@given(st.lists(st.integers(), max_size=4))
def test_any_whole_number_is_a_seed(seeds: list[int]) -> None:
    """Torch takes only some; huge and negative ones are folded into those."""
    assert 0 <= seed_of(*seeds) < 2**63
    assert torch.equal(normal((3,), generator(*seeds)), normal((3,), generator(*seeds)))

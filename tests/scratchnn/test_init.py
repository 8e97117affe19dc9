"""Initialisers draw what they say, from the generator they are given, as torch draws it."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from scratchnn import ArgumentError, ShapeError, init

DRAWS: dict[str, Callable[..., torch.Tensor]] = {
    "kaiming_uniform": init.kaiming_uniform,
    "fan_in_uniform": lambda tensor, **kwargs: init.fan_in_uniform(tensor, 7, **kwargs),
    "glorot_normal": init.glorot_normal,
    "normal": init.normal,
}
draws = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)


@draws
def test_a_generator_decides_alone(draw: Callable[..., torch.Tensor]) -> None:
    """The same seed gives the same numbers, and the global generator does not move."""
    state = torch.get_rng_state()
    one, two, other = (
        draw(torch.empty(4, 3), generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert torch.equal(state, torch.get_rng_state())


@draws
def test_filling_happens_in_place_and_returns_the_tensor(draw: Callable[..., torch.Tensor]) -> None:
    """So that it may be nested, and so that a Parameter's data can be passed."""
    tensor = torch.full((4, 3), torch.nan)
    assert draw(tensor) is tensor
    assert not tensor.isnan().any()


@draws
def test_an_empty_tensor_stays_empty(draw: Callable[..., torch.Tensor]) -> None:
    """Without a division by zero."""
    assert draw(torch.empty(0, 3)).shape == (0, 3)
    assert draw(torch.empty(3, 0)).shape == (3, 0)
    assert draw(torch.empty(0, 0)).shape == (0, 0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3, 2), (25, 25), (4, 3, 5, 5), (1, 3000)])
def test_kaiming_and_glorot_are_torchs_to_the_bit(
    shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    """Under the same seed, also for a convolution's kernel."""
    for ours, theirs in (
        (init.kaiming_uniform, lambda t: torch.nn.init.kaiming_uniform_(t, a=math.sqrt(5))),
        (init.glorot_normal, torch.nn.init.xavier_normal_),
    ):
        torch.manual_seed(3)
        expected = theirs(torch.empty(shape, dtype=dtype))
        torch.manual_seed(3)
        assert torch.equal(expected, ours(torch.empty(shape, dtype=dtype)))


def test_fan_in_uniform_fills_its_whole_range() -> None:
    """±1/√fan_in, with the variance of a uniform distribution."""
    drawn = init.fan_in_uniform(torch.empty(100_000), 4)
    assert drawn.abs().max() <= 0.5
    assert drawn.abs().max() > 0.499
    assert float(drawn.var()) == pytest.approx(0.25 / 3, rel=0.02)


def test_normal_has_the_mean_and_deviation_asked_for() -> None:
    """Given to three standard errors."""
    drawn = init.normal(torch.empty(100_000), 2, 0.1)
    assert float(drawn.mean()) == pytest.approx(2, abs=0.001)
    assert float(drawn.std()) == pytest.approx(0.1, rel=0.01)


def test_a_negative_deviation_is_refused() -> None:
    """Named as torch names it."""
    with pytest.raises(ArgumentError, match=r"normal\(std=-1\): expected a number of at least 0"):
        init.normal(torch.empty(2), 0, -1)


def test_constant_fills_every_element() -> None:
    """In place, also through a view."""
    tensor = torch.zeros(2, 4)
    view = tensor[:, ::2]
    assert init.constant(view, 1e-6) is view
    assert torch.equal(torch.tensor([1e-6, 0.0, 1e-6, 0.0]), tensor[0])


@pytest.mark.parametrize("draw", [init.kaiming_uniform, init.glorot_normal])
def test_a_bias_has_no_fans(draw: Callable[..., torch.Tensor]) -> None:
    """The text offers what to use instead."""
    with pytest.raises(ShapeError, match=r"shape \(3,\) has no fans.*fan_in_uniform"):
        draw(torch.empty(3))

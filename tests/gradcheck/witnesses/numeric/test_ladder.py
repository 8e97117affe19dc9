"""The derivative of a path: right to its bar, at every scale, next to kinks and on them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gradcheck.cases.point import direction
from gradcheck.grid import on_grid
from gradcheck.witnesses.numeric.bundle import Bundle
from gradcheck.witnesses.numeric.ladder import UNITS, climb
from gradcheck.witnesses.numeric.projection import Ascent, Slope

Function = Callable[[Tensor], Tensor]
Path = Callable[[float], Tensor]


def ascent(path: Path, u: Tensor, goal: float, *, confirm: bool = False) -> Ascent:
    """Climb along one path."""
    centre = path(0.0)
    bundle = Bundle(
        lines=lambda t: path(t).double().unsqueeze(0),
        total=lambda t: path(t).double(),
        nudges=lambda sign: path(sign * 2.0**-45).double(),
        centre=centre.double().unsqueeze(0),
        half_epsilon=0.5 * torch.finfo(centre.dtype).eps,
    )
    goals = torch.tensor([goal], dtype=torch.float64)
    return climb(bundle, u.unsqueeze(0), goals, confirm=confirm)


def slope(path: Path, u: Tensor, goal: float, *, confirm: bool = False) -> Slope:
    """The derivative along one path."""
    return ascent(path, u, goal, confirm=confirm).projected(u.unsqueeze(0))[0][0]


SMOOTH: dict[str, tuple[Function, Function, float]] = {
    # name: (function, its derivative, the scale of its argument)
    "tanh": (torch.tanh, lambda x: 1 - torch.tanh(x) ** 2, 1.0),
    "sigmoid": (torch.sigmoid, lambda x: torch.sigmoid(x) * torch.sigmoid(-x), 1.0),
    "exp": (torch.exp, torch.exp, 1.0),
    "square of 1e9": (torch.square, lambda x: 2 * x, 1e9),
    "square of 1e-9": (torch.square, lambda x: 2 * x, 1e-9),
    "log of 1e-6": (lambda x: x.abs().log(), torch.reciprocal, 1e-6),
    "root": (lambda x: x.abs().sqrt(), lambda x: x.sign() / (2 * x.abs().sqrt()), 1.0),
    "sine of 1e3": (torch.sin, torch.cos, 1e3),
    "sine of 1e6": (torch.sin, torch.cos, 1e6),
    "sharp tanh": (
        lambda x: torch.tanh(1e3 * x),
        lambda x: 1e3 * (1 - torch.tanh(1e3 * x) ** 2),
        1.0,
    ),
    "Runge": (lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2, 1.0),
    "huge offset": (lambda x: 1e8 + x, torch.ones_like, 1.0),
    "tiny": (lambda x: 1e-30 * torch.sin(x), lambda x: 1e-30 * torch.cos(x), 1.0),
    "relu": (torch.relu, lambda x: (x > 0).double(), 1.0),
    "abs": (torch.abs, torch.sign, 1.0),
}


def measured(
    function: Function, derivative: Function, scale: float, size: int, seed: int
) -> tuple[Slope, float, float, int]:
    """One slope along a random direction, the true one, the gradient's size, the forwards."""
    draws = torch.Generator().manual_seed(seed)
    x = on_grid(torch.randn(size, generator=draws, dtype=torch.float64) * scale)
    v = direction(x, draws)
    u = torch.randn(size, generator=draws, dtype=torch.float64)
    terms = u * derivative(x) * v
    norm = float(terms.norm())
    found = ascent(lambda t: function(x + t * v), u, goal=2e-13 * (norm or 1.0))
    return found.projected(u.unsqueeze(0))[0][0], float(terms.sum()), norm, found.forwards


@pytest.mark.parametrize("size", [3, 20, 1000])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_true_slope_lies_within_the_bar(name: str, size: int) -> None:
    """Whatever the function and the scale, the error never exceeds the bar."""
    for seed in range(20):
        found, truth, _, _ = measured(*SMOOTH[name], size, seed)
        assert abs(found.value - truth) <= found.bar, f"seed {seed}"


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "exp", "square of 1e9", "square of 1e-9"])
def test_smooth_functions_are_resolved_to_twelve_digits_in_fourteen_forwards(name: str) -> None:
    """The bar is at most 1e-12 of the gradient in the median: two for each step, four to check."""
    found = [measured(*SMOOTH[name], 50, seed) for seed in range(21)]
    bars = sorted(one.bar / norm for one, _, norm, _ in found)
    assert bars[10] < 1e-12
    assert max(forwards for _, _, _, forwards in found) <= 14


@pytest.mark.parametrize("size", [10, 1000, 30_000])
def test_kinks_nearby_are_avoided_by_stepping_less(size: int) -> None:
    """Some elements of a large ReLU lie next to zero; the slope is still sharp."""
    found, truth, norm, _ = measured(*SMOOTH["relu"], size, seed=0)
    assert abs(found.value - truth) <= found.bar < 1e-8 * norm


def test_on_a_kink_the_bar_spans_both_slopes() -> None:
    """At ReLU's zero every subgradient is within the bar, and the kink is named as the reason."""
    one = torch.ones(1, dtype=torch.float64)
    found = slope(lambda t: torch.relu(t * math.pi * one), one, goal=1e-12)
    assert found.value == pytest.approx(math.pi / 2)
    assert found.bar == pytest.approx(math.pi / 2, rel=1e-6)
    assert found.kink == pytest.approx(math.pi / 2, rel=1e-5)


def test_a_staircase_is_not_believed_to_be_flat() -> None:
    """A forward in float32 stands still under tiny steps; its slope is not zero."""
    x = torch.linspace(-1, 1, 40, dtype=torch.float64)
    v, u = torch.ones_like(x), torch.ones_like(x)
    found = slope(lambda t: torch.tanh((x + t * v).float()).double(), u, goal=1e-12)
    truth = float((1 - torch.tanh(x) ** 2).sum())
    assert abs(found.value - truth) <= found.bar


def test_an_oscillation_in_step_with_all_steps_is_contradicted_by_the_sentinel() -> None:
    """Every step of the first rung spans whole periods, so that rung alone sees a constant."""
    period = UNITS[0]
    one = torch.ones(1, dtype=torch.float64)
    found = slope(lambda t: torch.sin(2 * math.pi * t / period * one), one, goal=1e-9)
    assert abs(found.value - 2 * math.pi / period) <= found.bar
    assert len(found.readings) > 1


def test_confirmation_climbs_every_rung() -> None:
    """What will contradict somebody is measured with steps of every size."""
    one = torch.ones(1, dtype=torch.float64)
    path = lambda t: one * (3 * t + 1)  # noqa: E731 as short as it gets
    assert len(slope(path, one, goal=1e-9).readings) == 1
    assert len(slope(path, one, goal=1e-9, confirm=True).readings) == len(UNITS)


def test_a_hopeless_search_ends_early() -> None:
    """Where roundoff rules, smaller steps make it worse and are not tried."""
    one = torch.ones(1, dtype=torch.float64)
    found = slope(lambda t: 1e10 + t * one, one, goal=1e-15)
    assert len(found.readings) == 1


def test_a_domain_left_by_every_step_gives_an_infinite_bar() -> None:
    """No answer is better than a made-up one."""
    one = torch.ones(1, dtype=torch.float64)
    found = slope(lambda t: torch.log(t * one + 1e-30), one, goal=1e-9)
    assert math.isinf(found.bar)


def test_low_precision_outputs_widen_the_bar() -> None:
    """A float32 output carries float32 roundoff, whatever the leaf is."""
    one = torch.ones(8, dtype=torch.float64)
    found = slope(lambda t: torch.exp(t * one).float(), one, goal=1e-9)
    assert abs(found.value - 8) <= found.bar
    assert 1e-6 < found.bar < 1e-1


def test_what_is_not_additive_has_no_derivative() -> None:
    """A median of equal numbers has a steady slope along every line, and no gradient."""
    x = torch.ones(3, dtype=torch.float64)
    lines = torch.tensor([[1.0, 2.0, -1.0], [-1.0, 0.5, 1.0]], dtype=torch.float64)
    bundle = Bundle(
        lines=lambda t: (x + t * lines).median(dim=1, keepdim=True).values,
        total=lambda t: (x + t * lines.sum(dim=0)).median(dim=0, keepdim=True).values,
        nudges=lambda sign: x[:1],
        centre=x[:2].unsqueeze(1),
        half_epsilon=2.0**-53,
    )
    one = torch.ones(1, 1, dtype=torch.float64)
    found = climb(bundle, one, torch.tensor([1e-9], dtype=torch.float64))
    assert found.irregular.tolist() == [True]
    assert float(found.best.error.min()) > 0.1

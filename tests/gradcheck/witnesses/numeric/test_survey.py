"""All leaves moved at once: what is claimed for them, how often the forward is called."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.cases.probe import Probe, take
from gradcheck.pair import Pair
from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.survey import Survey, survey


def surveyed(probe: Probe, positions: tuple[int, ...]) -> Survey:
    """These leaves, moved together."""
    return survey(probe, probe.draws, positions, Aim())


def test_the_leaves_are_moved_together_and_their_claims_added() -> None:
    """For f = x · w the claim along a joint direction is that of both leaves."""
    product = Pair(lambda x, w: x * w, lambda g, x, w: (g * w, g * x))
    x, w = torch.linspace(1, 2, 4), torch.linspace(-1, 3, 4)
    probe = take(adapt(product, (x, w), {}), seeds=(3,))
    surveys = [surveyed(probe, positions) for positions in ((0, 1), (0,), (1,))]
    for both, left, right in zip(*(found.measurements for found in surveys), strict=True):
        assert both.claimed == pytest.approx(left.claimed + right.claimed)
        assert both.agrees
        assert left.agrees
        assert right.agrees


def test_forwards_do_not_grow_with_the_leaf() -> None:
    """A leaf a thousand times larger costs the same number of forwards."""
    cube = Pair(lambda x: x**3, lambda g, x: 3 * x**2 * g)

    def forwards(size: int) -> int:
        probe = take(adapt(cube, (torch.linspace(1, 2, size),), {}), seeds=(1,))
        return surveyed(probe, (0,)).forwards

    assert forwards(50) == forwards(50_000)


def test_every_point_of_the_line_is_a_fresh_tensor() -> None:
    """A forward that writes to its input does not disturb the next evaluation."""

    def forward(x: Tensor) -> Tensor:
        return x.mul_(2)

    probe = take(adapt(Pair(forward, lambda g, x: 2 * g), (torch.ones(3),), {}), seeds=(1,))
    assert all(one.agrees for one in surveyed(probe, (0,)).measurements)


def test_what_is_held_still_does_not_move() -> None:
    """A leaf may be looked at without those of its elements that lie on a kink."""
    seen: list[Tensor] = []

    def forward(x: Tensor) -> Tensor:
        seen.append(x)
        return 2 * x

    probe = take(adapt(Pair(forward, lambda g, x: 2 * g), (torch.ones(3),), {}), seeds=(1,))
    moving = {0: torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)}
    seen.clear()
    survey(probe, probe.draws, (0,), Aim(), moving=moving)
    moved = torch.stack(seen) != probe.values[0]
    assert moved.any(dim=0).tolist() == [True, False, True]


def test_a_step_that_the_forward_refuses_is_too_long() -> None:
    """A probability of 0.999 must not be moved by a tenth: shorter steps are measured."""

    def entropy(p: Tensor) -> Tensor:
        if not bool(((p > 0) & (p < 1)).all()):
            raise ValueError("probabilities lie between 0 and 1")
        return -(p * p.log())

    p = torch.tensor([0.999, 0.5, 0.001], dtype=torch.float64)
    right = Pair(entropy, lambda g, p: -g * (p.log() + 1))
    wrong = Pair(entropy, lambda g, p: -g * (p.log() + 1.001))
    options: dict[str, Any] = {"witnesses": "numeric", "contracts": ()}
    assert gradcheck.check(right, p, **options).verdict == gradcheck.Verdict.VERIFIED
    assert gradcheck.check(wrong, p, **options).verdict == gradcheck.Verdict.REFUTED

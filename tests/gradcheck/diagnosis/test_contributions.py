"""What the single outputs contribute is asked only where it can say something: it is dear."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

import gradcheck
from gradcheck.diagnosis.causes import contributions

X = torch.randn(2, 3, 9, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note for how many outputs the contributions were asked."""
    counts: list[int] = []
    original = contributions._parts

    def counted(*given: Any) -> Tensor:
        counts.append(len(found := original(*given)))
        return found

    monkeypatch.setattr(contributions, "_parts", counted)
    return counts


def averaged(x: Tensor) -> Tensor:
    """Average overlapping windows."""
    return functional.avg_pool1d(x, 3, stride=1)


def last_alone(g: Tensor, x: Tensor) -> Tensor:
    """Assign where it wants to add."""
    found = torch.zeros_like(x)
    for place in range(g.shape[-1]):
        found[..., place : place + 3] = g[..., place, None] / 3
    return found


def mean_of_all(g: Tensor, x: Tensor) -> Tensor:
    """Divide each element by how many windows hold it."""
    ones = torch.ones_like(g)
    return summed(g, x) / (summed(ones, x) * 3).round()


def summed(g: Tensor, x: Tensor) -> Tensor:
    """Return the right gradient."""
    found = torch.zeros_like(x)
    for place in range(g.shape[-1]):
        found[..., place : place + 3] += g[..., place, None] / 3
    return found


@pytest.mark.parametrize(
    ("backward", "code", "words"),
    [
        (last_alone, "accumulation", "the last contribution to it"),
        (mean_of_all, "factor", "the mean of the contributions"),
    ],
)
def test_a_mistake_in_adding_contributions_is_named(
    backward: Any, code: str, words: str, asked: list[int]
) -> None:
    """They are asked for, once for each cotangent and hypothesis."""
    result = gradcheck.check(gradcheck.Pair(averaged, backward), X, contracts=())
    assert result.cause == code
    assert words in result.refutations[0].message
    assert 0 < len(asked) <= 4


def test_a_jacobian_of_which_the_diagonal_is_taken_is_named(asked: list[int]) -> None:
    """As of a softmax."""
    pair = gradcheck.Pair(
        lambda x: torch.softmax(x, -1), lambda g, x: g * (p := torch.softmax(x, -1)) * (1 - p)
    )
    result = gradcheck.check(pair, X, contracts=())
    assert "the diagonal of the Jacobian alone" in result.refutations[0].message
    assert asked


@pytest.mark.parametrize(
    "backward",
    [
        lambda g, x: 1.5 * summed(g, x),
        lambda g, x: summed(g, x) + 1e-3 * x,
        lambda g, x: summed(g.abs(), x),
        lambda g, x: summed(g, x) * torch.tensor([1.5, 1, 1]).view(3, 1),
        lambda g, x: summed(g, x).flip(-1) + summed(g, x),
    ],
    ids=["factor", "decay", "absolute", "slice", "twice"],
)
def test_no_other_mistake_costs_a_backward_for_each_output(backward: Any, asked: list[int]) -> None:
    """What adding wrong would imply does not hold: one backward shows it."""
    result = gradcheck.check(gradcheck.Pair(averaged, backward), X, contracts=())
    assert result.verdict == "refuted"
    assert not asked

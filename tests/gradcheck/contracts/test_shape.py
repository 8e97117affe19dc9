"""Shape: told once, and told apart from the numbers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair, Result
from gradcheck.records import CONTRACTS

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)
W = torch.linspace(1, 2, 3, dtype=torch.float64)


def check(kept: Any, **options: Any) -> Result:
    """Check  y = x · w  with the gradient of w reshaped."""
    pair = Pair(lambda x, w: x * w, lambda g, x, w: (g * w, kept((g * x).sum(0))))
    return gradcheck.check(pair, X, W, **options)


@pytest.mark.parametrize(
    "kept", [lambda g: g[None], lambda g: g.reshape(3, 1, 1)], ids=["row", "deep"]
)
def test_right_numbers_in_another_shape_are_refuted_by_the_shape_alone(kept: Any) -> None:
    """The gradient is verified, both shapes are named, and no other contract complains."""
    result = check(kept)
    (finding,) = result.refutations
    assert (finding.check, finding.leaf, finding.cause) == ("shape", "w", "shape")
    assert finding.message == f"the gradient of w has shape {tuple(kept(W).shape)}, w has (3,)"
    assert {f.verdict for f in result.findings if f.check == "gradient"} == {"verified"}


def test_wrong_numbers_in_another_shape_are_two_mistakes() -> None:
    """Each is told."""
    result = check(lambda g: 2 * g[None])
    assert [(f.check, f.leaf) for f in result.refutations] == [("gradient", "w"), ("shape", "w")]


def test_without_the_contract_only_the_numbers_count() -> None:
    """It was switched off."""
    others = [name for name in CONTRACTS if name != "shape"]
    assert check(lambda g: g[None], contracts=others).passed


@pytest.mark.parametrize(
    "kept",
    [lambda g: g.sum(), lambda g: g.repeat(2, 1), lambda g: g[:2]],
    ids=["sum", "rows", "part"],
)
def test_another_number_of_elements_is_no_gradient_at_all(kept: Any) -> None:
    """It is refuted as such, and not told twice."""
    result = check(kept)
    (finding,) = result.refutations
    assert (finding.check, finding.leaf, finding.cause) == ("gradient", "w", "shape")
    assert result.unverified["shape"].startswith("some gradient is missing")


def test_a_scalar_has_the_shape_of_a_scalar() -> None:
    """One element is not one number."""

    def backward(g: Tensor, x: Tensor) -> Tensor:
        return (g * x).sum().reshape(1)

    pair = Pair(lambda s: X * s, lambda g, s: (g * X).sum().reshape(1))
    result = gradcheck.check(pair, torch.tensor(2.0))
    assert result.refutations[0].message == "the gradient of input has shape (1,), input has ()"


def test_right_shapes_are_verified() -> None:
    """And said to be."""
    assert "shape" in {finding.check for finding in check(lambda g: g).findings}

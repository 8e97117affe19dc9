"""One cause over all cases: named by what it equals in each, or told as a branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Finding


def first_of(forward: Any, backward: Any, *inputs: Tensor) -> Finding:
    """Check two functions, and return the first refutation."""
    result = gradcheck.check(gradcheck.Pair(forward, backward), *inputs, contracts=())
    return result.refutations[0]


def mean(x: Tensor) -> Tensor:
    """Average everything."""
    return x.mean()


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (len, "batch size"),
        (lambda x: 1 / x.shape[-1], "1/number of features"),
        (lambda x: x.numel(), "number of elements"),
        (lambda x: 2.0, "a factor of 2"),
    ],
)
def test_a_factor_is_named_by_what_it_equals_with_one_sample_less_too(
    factor: Callable[[Tensor], float], words: str
) -> None:
    """A batch of four makes 4 of 2² and of the batch; one of three makes 3 of the batch alone."""
    found = first_of(
        mean, lambda g, x: factor(x) * g * torch.ones_like(x) / x.numel(), torch.randn(4, 5)
    )
    assert found.cause == "factor"
    assert words in found.causes[0].evidence


def test_what_is_wrong_for_a_single_sample_alone_is_a_branch() -> None:
    """The evidence says for which, and what it is there."""
    result = gradcheck.check("tests/mutants/linear.py:BiasForgottenForOneSample", contracts=())
    assert result.cause == "branch"
    assert "for an input of 1 axis" in result.refutations[0].message
    assert "is zero" in result.refutations[0].message


def test_several_leaves_have_a_cause_each() -> None:
    """What is wrong with one says nothing of another."""
    result = gradcheck.check(
        gradcheck.Pair(lambda a, b: a * b, lambda g, a, b: (-g * b, 3 * g * a)),
        torch.randn(4, 5),
        torch.randn(4, 5),
    )
    assert [(f.leaf, f.cause) for f in result.refutations] == [
        ("a", "sign"),
        ("b", "factor"),
    ]


def test_a_cause_that_no_test_supports_is_unknown() -> None:
    """Neither the nearest nor the commonest is named."""
    found = first_of(
        torch.sin, lambda g, x: g * (x.cos() + 0.1 * x.abs().sqrt()), torch.randn(4, 5)
    )
    assert found.cause == "unknown"

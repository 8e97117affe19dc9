"""Learning rates by epoch, and clipping: beside torch's."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import scratchnn
from scratchnn import SGD, ArgumentError, CosineAnnealingLR, Parameter, StepLR, clip_grad_norm_


@given(
    lr=st.floats(1e-4, 10),
    choice=st.one_of(
        st.tuples(st.just("StepLR"), st.integers(1, 7), st.floats(0.1, 1.1)),
        st.tuples(st.just("CosineAnnealingLR"), st.integers(1, 30), st.floats(0, 1e-3)),
    ),
)
def test_every_rate_is_that_of_torch(lr: float, choice: tuple[str, int, float]) -> None:
    """Over 40 epochs, behind the end of the cosine too."""
    name, *arguments = choice
    ours = SGD([Parameter(torch.ones(1))], lr=lr)
    theirs = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=lr)
    mine = getattr(scratchnn, name)(ours, *arguments)
    yours = getattr(torch.optim.lr_scheduler, name)(theirs, *arguments)
    for _ in range(40):
        assert ours.lr == pytest.approx(theirs.param_groups[0]["lr"], rel=1e-9, abs=1e-12 * lr)
        theirs.step()
        mine.step()
        yours.step()


@pytest.mark.parametrize("kind", [StepLR, CosineAnnealingLR])
def test_a_length_below_one_is_refused(kind: Any) -> None:
    """A division by zero otherwise."""
    with pytest.raises(ArgumentError, match="expected at least 1"):
        kind(SGD([Parameter(torch.ones(1))]), 0)


@given(
    max_norm=st.floats(0, 10),
    norm_type=st.sampled_from([1.0, 2.0, 3.0, math.inf]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_clipping_is_torchs(max_norm: float, norm_type: float, dtype: torch.dtype) -> None:
    """The norm that is returned, and every gradient; one without a gradient is passed over."""
    ours, theirs = [], []
    for shape in ((2, 3), (4,), ()):
        gradient = torch.randn(shape, dtype=dtype)
        ours.append(Parameter(torch.zeros(shape, dtype=dtype)))
        theirs.append(torch.nn.Parameter(torch.zeros(shape, dtype=dtype)))
        ours[-1].accumulate(gradient)
        theirs[-1].grad = gradient.clone()
    ours.append(Parameter(torch.zeros(1)))
    norm = clip_grad_norm_(ours, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    torch.testing.assert_close(norm, expected)
    for mine, other in zip(ours, theirs, strict=False):
        torch.testing.assert_close(mine.grad, other.grad)


def test_no_gradients_have_the_norm_zero() -> None:
    """Nothing to clip is no mistake; a norm below zero is."""
    assert clip_grad_norm_([Parameter(torch.ones(1))], 1.0) == 0
    with pytest.raises(ArgumentError, match="expected at least 0"):
        clip_grad_norm_([], -1.0)

"""Complaints that a right gradient fails, for the precision or the measure of the error."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 torch's own custom

import gradcheck
from gradcheck import Verdict
from gradcheck.compat import gradcheck as torchlike
from tests.complaints.functions import function, leaf

FLOAT32 = "ignore:Input #0 requires gradient and is not a double:UserWarning"


@pytest.mark.filterwarnings(FLOAT32)
def test_pytorch_5351_a_linear_layer_in_float32() -> None:
    """Its gradient was called wrong; the answer was to convert it to double by hand."""
    layer = torch.nn.Linear(2, 1)
    x = leaf(1, 2, dtype=torch.float32)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(layer, (x,))
    assert torchlike(layer, (x,))
    assert gradcheck.check(layer, x).verdict == Verdict.VERIFIED


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pytorch_8175_the_checker_computes_in_float32(dtype: torch.dtype) -> None:
    """Its Jacobian was float32 whatever the input was: here the measure is float64 for both."""
    sine = function(torch.sin, lambda g, x: g * x.cos())
    finding = gradcheck.check(sine, leaf(3, dtype=dtype)).findings[0]
    assert finding.verdict == Verdict.VERIFIED
    assert (finding.resolution or 1) < 1e-10


def test_pytorch_8659_float32_deserves_an_answer() -> None:
    """The thread asks to warn; what was rounded is judged in units of torch's own error instead."""
    sine = function(torch.sin, lambda g, x: g * x.cos())
    text = gradcheck.check(sine, leaf(3, dtype=torch.float32)).explain()
    assert "times the error of torch in float32" in text


@pytest.mark.filterwarnings(FLOAT32)
@pytest.mark.parametrize("operator", [F.gelu, F.softplus, F.silu, torch.erf])
def test_pytorch_114217_right_operators_fail_in_float32(operator: Any) -> None:
    """One of a family of reports, each for another operator."""
    x = (leaf(4, 3, dtype=torch.float32),)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(operator, x)
    assert torchlike(operator, x)


def test_chainer_8025_a_direction_across_the_gradient() -> None:
    """As #8095 has it, which names this one: the slopes cancel, and float32 does what it likes."""
    x, across = torch.arange(6.0), torch.tensor([0.3, -0.4, 0.2, 0.1, -0.31, 0.1])
    step, slope = 1e-3, float(across.double().sum())
    measured = float(((x + step * across) - (x - step * across)).sum()) / (2 * step)
    assert abs(measured - slope) > 1e-4 + 1e-3 * abs(slope)  # the thread's tolerances
    same = function(torch.clone, lambda g, _: g)
    for seed in range(20):
        assert gradcheck.check(same, x, seed=seed).verdict == Verdict.VERIFIED


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_jax_7742_a_step_that_vanishes_in_float16(dtype: torch.dtype) -> None:
    """With x + 1e-4 equal to x, the difference was zero, for every right gradient."""
    x = leaf(5).detach().to(dtype)
    sine = function(torch.sin, lambda g, x: g * x.cos())
    assert gradcheck.check(sine, x).verdict == Verdict.VERIFIED
    tilted = function(torch.sin, lambda g, x: g * x.cos() * 1.01)
    assert gradcheck.check(tilted, x).verdict == Verdict.REFUTED


def test_openmdao_3164_a_relative_error_at_zero() -> None:
    """1.4e-17 where the difference gave 0 was "a relative error of 1"."""
    dust = gradcheck.Pair(
        lambda x: 1 + 0.1 * x + 0.2 * x - 0.3 * x, lambda g, x: g * (0.1 + 0.2 - 0.3) + 0 * x
    )
    result = gradcheck.check(dust, leaf(3).detach(), witnesses=("numeric",))
    assert result.verdict == Verdict.VERIFIED
    assert "the gradient cannot be told from zero" in result.explain()


def test_ceres_225_small_entries_beside_large_ones() -> None:
    """Entries of 7e-8 had a relative error of 0.6, all of it the rounding of the difference."""
    wide = function(
        lambda x: torch.cat([1e8 * x[:1], 7e-8 * x[1:] ** 2]),
        lambda g, x: torch.cat([1e8 * g[:1], 14e-8 * x[1:] * g[1:]]),
    )
    assert gradcheck.check(wide, leaf(3)).verdict == Verdict.VERIFIED

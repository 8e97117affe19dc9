"""Element-wise comparison with a gradient that is right but for rounding."""

from __future__ import annotations

import pytest
import torch

from gradcheck.comparison import Opinion
from gradcheck.witnesses.exact import TOLERANCE, absent, compare, rounding_in, worst

GRADIENT = torch.tensor([1.0, -2.0, 1e-3], dtype=torch.float64)


@pytest.mark.parametrize(
    ("factor", "opinion"),
    [(1.0, Opinion.AGREES), (1 + 4e-16, Opinion.AGREES), (1 + 1e-11, Opinion.DIFFERS)],
)
def test_rounding_is_forgiven_and_more_is_not(factor: float, opinion: Opinion) -> None:
    """The tolerance is some thousand ε, and no more."""
    assert compare("autograd", GRADIENT * factor, GRADIENT, natural=1.0).opinion == opinion


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e9, 1e150])
def test_the_comparison_does_not_depend_on_the_scale(scale: float) -> None:
    """A doubled gradient differs whether it is large or small."""
    doubled = compare("autograd", 2 * scale * GRADIENT, scale * GRADIENT, natural=scale)
    assert doubled.opinion == Opinion.DIFFERS


def test_one_wrong_element_is_enough() -> None:
    """The largest error counts, not the mean."""
    wrong = GRADIENT.clone()
    wrong[2] *= 1 + 1e-6
    assert compare("autograd", wrong, GRADIENT, natural=1.0).opinion == Opinion.DIFFERS


def test_nan_differs() -> None:
    """Agreement is asked for, so a NaN in either cannot pass."""
    nan = torch.full((3,), torch.nan, dtype=torch.float64)
    assert compare("autograd", nan, GRADIENT, natural=1.0).opinion == Opinion.DIFFERS
    assert compare("autograd", GRADIENT, nan, natural=1.0).opinion == Opinion.DIFFERS


def test_two_zeros_agree_exactly() -> None:
    """A gradient of zeros has no largest element to be relative to."""
    zero = torch.zeros(3, dtype=torch.float64)
    assert compare("autograd", zero, zero, natural=1.0).error == 0


def test_dust_beside_large_terms_decides_nothing() -> None:
    """Beside terms of size one, 1e-16 may be rounding; beside terms of 1e-16, it is not."""
    zero, dust = torch.zeros(2, dtype=torch.float64), torch.full((2,), 1e-16, dtype=torch.float64)
    assert compare("autograd", dust, zero, natural=1.0).opinion == Opinion.COARSE
    assert compare("autograd", dust, zero, natural=1e-16).opinion == Opinion.DIFFERS


def test_the_worst_of_several_draws_speaks() -> None:
    """A backward that clips is right for small cotangents only."""
    right = compare("autograd", GRADIENT, GRADIENT, natural=1.0)
    wrong = compare("autograd", 2 * GRADIENT, GRADIENT, natural=1.0)
    assert worst([right, wrong, right]) == wrong


def test_an_empty_gradient_agrees() -> None:
    """Nothing can be wrong with no elements."""
    empty = torch.zeros(0, dtype=torch.float64)
    assert compare("autograd", empty, empty, natural=0.0).opinion == Opinion.AGREES


def test_the_resolution_is_the_tolerance() -> None:
    """What the comparison could have seen is stated with it."""
    assert compare("autograd", GRADIENT, GRADIENT, natural=1.0).resolution == TOLERANCE


def test_an_absent_witness_says_why() -> None:
    """Silence is recorded with its reason."""
    assert absent("autograd", "no graph").note == "no graph"


TRUTH = torch.randn(20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_numbers_of_a_lower_dtype_are_told_by_their_digits(dtype: torch.dtype) -> None:
    """If they are no further off than its rounding."""
    assert rounding_in(TRUTH.to(dtype).double(), TRUTH) == str(dtype).removeprefix("torch.")
    assert not rounding_in((1.5 * TRUTH).to(dtype).double(), TRUTH)


def test_errors_of_the_size_of_float32_rounding_are_told_if_they_go_either_way() -> None:
    """A factor of one and a little, or an approximation, is no rounding."""
    assert rounding_in(3.3 * TRUTH.float().double(), 3.3 * TRUTH) == "float32"
    assert not rounding_in(TRUTH * (1 + 1e-7), TRUTH)
    assert not rounding_in(3.3 * TRUTH.half().double(), 3.3 * TRUTH)

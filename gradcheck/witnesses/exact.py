"""Comparing a claim with a gradient that is right but for rounding, element by element."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gradcheck.cases.precision import by_digits
from gradcheck.comparison import Comparison, Opinion
from gradcheck.norms import distance, largest

_EPSILON = torch.finfo(torch.float64).eps

# Two correct float64 gradients differ by 4e-16 of the largest element as a rule, and by some
# hundred times that after long sums.  Below this many ε they agree: 9e-13.
TOLERANCE = 4096 * _EPSILON
# Terms that cancel leave this many ε of their size where the gradient is zero by structure.
STRUCTURAL_ZERO = 64 * _EPSILON
# Roundings of one operation after the other add up to a few ulps, and go up as often as down: of
# eight elements fewer than two go one way once in thirty times.
_FEW_ULPS = 16
_FEWEST_ELEMENTS = 8
_ONE_WAY = 0.2


def compare(witness: str, claim: Tensor, truth: Tensor, natural: float) -> Comparison:
    """Compare in the largest norm, relative to the largest element of either.

    Args:
        witness: Whose word ``truth`` is.
        claim: What the author's backward returned, in the shape of the leaf.
        truth: The other gradient, in the same shape.
        natural: The size of cotangent times output over leaf.  A gradient that is zero because
            terms of this size cancel (as a bias before a normalisation) is rounding alone, and
            no two roundings agree.

    >>> ones = torch.ones(3, dtype=torch.float64)
    >>> compare("autograd", ones, ones * (1 + 1e-9), natural=1.0).opinion
    <Opinion.DIFFERS: 'differs'>
    """
    claim, truth = claim.double(), truth.double().to(claim.device)
    if torch.equal(claim, truth):
        return Comparison(witness, Opinion.AGREES, error=0.0, resolution=TOLERANCE)
    size = max(largest(claim), largest(truth))
    apart = distance(claim, truth)
    error = apart / size if size > 0 else apart
    if error <= TOLERANCE:
        return Comparison(witness, Opinion.AGREES, error=error, resolution=TOLERANCE)
    if size <= STRUCTURAL_ZERO * natural:
        note = "both gradients are so small beside the output that they may be rounding alone"
        return Comparison(witness, Opinion.COARSE, error=error, note=note)
    return Comparison(
        witness,
        Opinion.DIFFERS,  # NaN too
        error=error,
        resolution=TOLERANCE,
        rounding=rounding_in(claim, truth),
    )


def rounding_in(claim: Tensor, truth: Tensor) -> str:
    """The name of the lower dtype whose rounding explains the difference; empty if none does.

    Either every claim is a number of that dtype, and off by no more than a few of its ulps.  Or
    the differences are of the size of float32's rounding, and go either way: a wrong formula as a
    rule goes one.  In the coarser dtypes that would prove nothing: an approximation is as far off.

    >>> truth = torch.linspace(1, 2, 10, dtype=torch.float64)
    >>> rounding_in(truth.half().double(), truth), rounding_in(truth * 1.0001, truth)
    ('float16', '')
    """
    error, size = (claim - truth).abs(), largest(truth)
    dtype = by_digits([claim])
    if dtype is not None and by_digits([truth]) is None:
        few = _FEW_ULPS * torch.finfo(dtype).eps
        return str(dtype).removeprefix("torch.") if largest(error) <= few * size else ""
    single = torch.finfo(torch.float32).eps
    too_large, too_small = _FEW_ULPS * single * size, single / _FEW_ULPS
    relative = ((claim - truth) / truth)[truth != 0]
    if largest(error) > too_large or len(relative) < _FEWEST_ELEMENTS:
        return ""
    either_way = _ONE_WAY < float((relative > 0).double().mean()) < 1 - _ONE_WAY
    return "float32" if either_way and float(relative.abs().median()) > too_small else ""


def worst(comparisons: Sequence[Comparison]) -> Comparison:
    """Of several draws, the one that speaks most strongly against the claim."""
    order = (Opinion.AGREES, Opinion.ABSENT, Opinion.COARSE, Opinion.DIFFERS)
    return max(comparisons, key=lambda c: (order.index(c.opinion), c.error or 0.0))


def absent(witness: str, why: str) -> Comparison:
    """A witness that could not be asked."""
    return Comparison(witness, Opinion.ABSENT, note=why)

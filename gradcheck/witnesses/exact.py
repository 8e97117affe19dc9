"""Comparing a claim with a gradient that is right but for rounding, element by element."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gradcheck.records import Comparison, Opinion

_EPSILON = torch.finfo(torch.float64).eps

# Two correct float64 gradients differ by 4e-16 of the largest element as a rule, and by some
# hundred times that after long sums.  Below this many ε they agree: 9e-13.
TOLERANCE = 4096 * _EPSILON
# Terms that cancel leave this many ε of their size where the gradient is zero by structure.
STRUCTURAL_ZERO = 64 * _EPSILON


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
    size = max(_largest(claim), _largest(truth))
    apart = _largest(claim - truth)
    error = apart / size if size > 0 else apart
    if error <= TOLERANCE:
        return Comparison(witness, Opinion.AGREES, error=error, resolution=TOLERANCE)
    if size <= STRUCTURAL_ZERO * natural:
        note = "both gradients are so small beside the output that they may be rounding alone"
        return Comparison(witness, Opinion.COARSE, error=error, note=note)
    return Comparison(witness, Opinion.DIFFERS, error=error, resolution=TOLERANCE)  # NaN too


def worst(comparisons: Sequence[Comparison]) -> Comparison:
    """Of several draws, the one that speaks most strongly against the claim."""
    order = (Opinion.AGREES, Opinion.ABSENT, Opinion.COARSE, Opinion.DIFFERS)
    return max(comparisons, key=lambda c: (order.index(c.opinion), c.error or 0.0))


def absent(witness: str, why: str) -> Comparison:
    """A witness that could not be asked."""
    return Comparison(witness, Opinion.ABSENT, note=why)


def _largest(values: Tensor) -> float:
    return float(values.abs().max()) if values.numel() else 0.0

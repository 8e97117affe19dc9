"""Where two estimates of one slope contradict each other, and which of them to believe."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.stencil import Slopes, choose

# Two estimates contradict each other where they differ by this many times both their errors.
# Among many outputs of long sums, one may be forty times noisier than its own last bit says.
CONTRADICTION = 8.0
CONTRADICTION_OF_MANY = 64.0
MANY = 8


def merged(best: Slopes, finer: Slopes, rounding: Tensor) -> Slopes:
    """Keep the better estimate of each element; where the two contradict, trust neither."""
    if _is_staircase(best, finer):
        return best
    tolerated = contradiction(best) * (finer.doubt + best.doubt + rounding)
    apart = (finer.value - best.value).abs()
    contradicted = torch.isfinite(finer.error) & (apart > tolerated)
    widened = torch.where(contradicted, torch.maximum(apart, finer.error), finer.error)
    finer = replace(finer, error=widened)
    better = contradicted | (finer.doubt < best.doubt)
    return choose(better, finer, best)


def inner_rounding(slopes: Slopes, step: float) -> Tensor:
    """The roundoff of terms that cancel in an output, and are of the size of its slope.

    Too coarse to be an error bar (a sine of 1e3 moves by 1e3 and is rounded at one), it keeps an
    output that is small by accident from contradicting itself.
    """
    return torch.finfo(torch.float64).eps * slopes.value.abs() / step


def _is_staircase(best: Slopes, finer: Slopes) -> bool:
    """Whether some output stands still under small steps that surely moved under larger ones.

    A forward that rounds is a staircase: below the width of its treads nothing moves, and a slope
    of zero with no error would be believed.  What such steps say of other outputs is no better.
    """
    surely_moved = best.value.abs() > CONTRADICTION * best.doubt
    return bool((finer.unmoved & surely_moved).any())


def contradiction(slopes: Slopes) -> float:
    """How many times both their errors two estimates may differ by."""
    return CONTRADICTION_OF_MANY if slopes.value.shape[-1] >= MANY else CONTRADICTION

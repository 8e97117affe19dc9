"""low_precision: the claims are numbers of a lower dtype, and off by no more than its rounding."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from gradcheck.cases.precision import by_digits
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Suspect

# Of a few roundings one after the other, in units of the dtype's.
_FEW = 32


def rounded(suspect: Suspect) -> Iterator[Explanation]:
    """Every claim of every draw is a number of float32, float16 or bfloat16."""
    claims = [
        claim.double()
        for draw in suspect.probe.draws
        if isinstance(claim := draw.claims[suspect.position], torch.Tensor)
    ]
    dtype = by_digits(claims) if claims else None
    if dtype is None or dtype == torch.float64:
        return
    most = _FEW * torch.finfo(dtype).eps
    if suspect.error <= most:
        name = str(dtype).removeprefix("torch.")
        yield Explanation(
            "low_precision",
            name,
            f"the backward computes in {name}: every number that it returns is one of {name}, "
            "and off by no more than its rounding",
        )

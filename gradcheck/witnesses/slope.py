"""By which common factor claims differ from the truth, over many points nearby."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.cases.point import cotangents, generator, seed_of
from gradcheck.cases.probe import Probe
from gradcheck.norms import largest, norm
from gradcheck.subject import Outputs, Values, vjp

Gradients = Callable[[Values, Outputs], tuple[Tensor, ...]]
"""Values and cotangents → the witness's gradients there."""

# So many draws see 1 % in bfloat16 in a leaf of one element.
SLOPE_DRAWS = 64
FEWEST_PAIRS = 16
# Values move by up to this part from draw to draw, so that no constant is rounded alike in all.
_SPREAD = 0.25


def nearby(
    probe: Probe, position: int, gradients: Gradients, floor: float
) -> Iterator[tuple[Tensor, Tensor]]:
    """Claims on one leaf and their truths at points nearby, where the truth exceeds the floor."""
    subject = probe.subject
    for number in range(SLOPE_DRAWS):
        draws = generator(seed_of(probe.draws[0].seed, 17, number))
        values = tuple(value * (1 + _SPREAD * _noise(value, draws)) for value in probe.values)
        u = cotangents(probe.outputs, draws, free=subject.free_cotangent)
        with torch.no_grad():
            claim = vjp(subject, values, u)[position]
        if isinstance(claim, Tensor) and claim.numel() == values[position].numel():
            truth = double(gradients(values, u)[position])
            if largest(truth) > floor:
                yield double(claim).reshape(truth.shape), truth


def slope_of(pairs: list[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """How far the slope of claims on truths is from one, with its standard error.

    The error is estimated from the residuals of each pair as a whole: within one, roundings may go
    together.

    >>> ones = torch.ones(3)
    >>> slope_of([(2 * ones, ones), (2 * ones, 2 * ones)] * 8)
    (0.5, 0.125)
    """
    # Each pair in its own units, so that a large cotangent does not speak for all.
    scaled = [(c / size, t / size) for c, t in pairs if 0 < (size := norm(t)) < math.inf]
    products = [float(((c - t) * t).sum()) for c, t in scaled]
    if len(products) < FEWEST_PAIRS:
        return 0.0, math.inf
    mean = sum(products) / len(products)
    spread = math.sqrt(sum((p - mean) ** 2 for p in products)) / len(products)
    return mean, spread


def _noise(like: Tensor, draws: torch.Generator) -> Tensor:
    return torch.rand(like.shape, generator=draws, device="cpu").to(like) - 0.5


def double(claim: Tensor | None) -> Tensor:
    """In float64, detached; what is not claimed has no element."""
    return torch.zeros(0, device="cpu") if claim is None else claim.detach().double()

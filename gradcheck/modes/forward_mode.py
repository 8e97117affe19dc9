"""Forward mode beside reverse mode:  ⟨u, J v⟩ = ⟨Jᵀ u, v⟩  for every tangent v and cotangent u.

A witness that takes no step and knows no roundoff but that of two products: where the VJP is
verified, it decides the JVP.

Source: Griewank, Walther (2008), "Evaluating Derivatives", SIAM, section 3.3.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from gradcheck.adapters.nested import Nested, real, tensors_of
from gradcheck.errors import ExerciseError, one_line
from gradcheck.modes.second_order import weighted
from gradcheck.subject import Values

DRAWS = 2
# Beside the sum of the absolute products: some sums of float64 in other orders.
TOLERANCE = 1e-10


@dataclass(frozen=True)
class Mismatch:
    """How far the two sides are apart.

    Attributes:
        forward: ⟨u, J v⟩, by forward mode.
        reverse: ⟨Jᵀ u, v⟩, by reverse mode.
        error: Their difference, beside the sum of the absolute products of both.
    """

    forward: float
    reverse: float
    error: float

    @property
    def agrees(self) -> bool:
        """Whether rounding explains it; not where one of them is NaN."""
        return self.error <= TOLERANCE


def adjoint_mismatch(function: Callable[..., Any], inputs: tuple[Any, ...], seed: int) -> Mismatch:
    """The worst of a few random pairs of tangent and cotangent.

    Args:
        function: What torch differentiates in both modes.
        inputs: Its arguments; the tensors among them that ask for a gradient are the leaves.
        seed: Of the draws.

    Raises:
        ExerciseError: If forward mode cannot be run.

    >>> x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    >>> adjoint_mismatch(torch.sin, (x,), seed=0).agrees
    True
    """
    draws = torch.Generator().manual_seed(seed)
    with torch.enable_grad():
        found = [_once(function, inputs, draws) for _ in range(DRAWS)]
    return max(found, key=lambda mismatch: (math.isnan(mismatch.error), mismatch.error))


def _once(
    function: Callable[..., Any], inputs: tuple[Any, ...], draws: torch.Generator
) -> Mismatch:
    nested = Nested(inputs, ("",) * len(inputs))
    values = nested.values(torch.float64)
    leaves = tuple(value.clone().requires_grad_() for value in values)
    outputs = tensors_of(function(*nested.filled(leaves, torch.float64)))
    kept = [number for number, output in enumerate(outputs) if output.requires_grad]
    cotangents = [_drawn(outputs[number], draws) for number in kept]
    tangents = tuple(_drawn(value, draws) for value in values)
    total = weighted([outputs[number] for number in kept], cotangents)
    gradients: Sequence[Tensor | None] = torch.autograd.grad(total, leaves, allow_unused=True)
    pushed = _pushed(function, nested, values, tangents)
    forward = [real(pushed[number]) * real(u) for number, u in zip(kept, cotangents, strict=True)]
    reverse = [g * v for g, v in zip(gradients, tangents, strict=True) if g is not None]
    one, other = (sum(float(part.sum()) for part in side) for side in (forward, reverse))
    size = sum(float(part.abs().sum()) for part in (*forward, *reverse))
    return Mismatch(one, other, abs(one - other) / size if size else 0.0)


def _pushed(
    function: Callable[..., Any], nested: Nested, values: Values, tangents: Values
) -> list[Tensor]:
    """The tangent of every output; zeros, where none reaches it."""
    _load()
    try:
        with forward_ad.dual_level():
            pairs = zip(values, tangents, strict=True)
            duals = tuple(forward_ad.make_dual(value, tangent) for value, tangent in pairs)
            unpacked = map(
                forward_ad.unpack_dual, tensors_of(function(*nested.filled(duals, torch.float64)))
            )
            return [
                torch.zeros_like(plain) if tangent is None else tangent.detach()
                for plain, tangent in unpacked
            ]
    except (RuntimeError, NotImplementedError) as error:
        raise ExerciseError(f"forward mode raised {one_line(error)}") from error


@cache
def _load() -> None:
    """What torch imports for its first dual number warns of torch's own future."""
    with warnings.catch_warnings(), forward_ad.dual_level():
        warnings.simplefilter("ignore")
        forward_ad.make_dual(*(torch.zeros(1, device="cpu") for _ in range(2)))


def _drawn(like: Tensor, draws: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=draws, dtype=like.dtype, device="cpu").to(like.device)

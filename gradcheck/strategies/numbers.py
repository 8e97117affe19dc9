"""What an input of a drawn case holds: small whole numbers first, then what is hard."""

from __future__ import annotations

import math

import torch
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.strategies.shapes import Shape
from gradcheck.strategies.tensors import tensors

_LARGEST = 8
_CHOSEN_SINGLY = 64


def numbers(
    shape: Shape, domain: str, dtype: torch.dtype, *, plain: bool
) -> st.SearchStrategy[Tensor]:
    """Tensors for one input.

    Args:
        shape: Of the tensor.
        domain: ``positive``, ``unit`` for numbers between 0 and 1, or anything.
        dtype: A floating-point one.
        plain: Whether small whole numbers, or sixteenths between 0 and 1, are enough; else kinks,
            ties, duplicates and extreme numbers come in as well.
    """
    if plain:
        found = _whole(shape)
        inside = found.map(lambda x: (x.abs() * 2 - 1).clamp(min=1) / 2 / _LARGEST)
    else:
        special = st.tuples(st.booleans(), st.booleans(), st.booleans())
        found = special.flatmap(
            lambda chosen: tensors(
                shape, dtype=dtype, kinks=chosen[0], ties=chosen[1], extremes=chosen[2]
            )
        )
        inside = found.map(lambda x: torch.sigmoid(x.double()).to(dtype))
    if domain == "unit":
        return inside
    return found.map(torch.abs) if domain == "positive" else found


def _whole(shape: Shape) -> st.SearchStrategy[Tensor]:
    """Whole numbers from -8 to 8, of which one is the simplest."""
    count = math.prod(shape)
    if count > _CHOSEN_SINGLY:
        return st.integers(0, 2**16).map(lambda seed: _drawn(shape, seed))
    one = st.integers(-_LARGEST - 1, _LARGEST - 1).map(_number)
    many = st.lists(one, min_size=count, max_size=count)
    return many.map(lambda found: torch.tensor(found, dtype=torch.float64).reshape(shape))


def _number(n: int) -> float:
    return float(n + 1 if n >= 0 else 0 if n < -_LARGEST else n)


def _drawn(shape: Shape, seed: int) -> Tensor:
    draws = torch.Generator().manual_seed(seed)
    found = torch.randint(1, _LARGEST + 1, shape, generator=draws).double()
    return found * (1 - 2 * torch.randint(0, 2, shape, generator=draws))

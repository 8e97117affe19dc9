"""Cotangents: what may flow into a backward."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import find, given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.strategies import cotangents, dtypes, layouts, shapes


@given(st.data(), shapes(min_dims=0, min_side=0), dtypes())
def test_they_fit_the_output(
    data: st.DataObject, shape: tuple[int, ...], dtype: torch.dtype
) -> None:
    """Its shape, its dtype, and finite also where they are large."""
    output = torch.ones(shape, dtype=dtype, requires_grad=True)
    g = data.draw(cotangents(output, layout=layouts()))
    assert (g.shape, g.dtype, g.requires_grad) == (output.shape, dtype, False)
    assert bool(g.isfinite().all())


@pytest.mark.parametrize(
    "kind",
    [
        lambda g: bool((g == 0).all()),
        lambda g: bool((g == 1).all()),
        lambda g: int((g != 0).sum()) == 1,
        lambda g: float(g.abs().min()) > 2**20,
        lambda g: 0 < float(g.abs().max()) < 2**-20,
        lambda g: bool((g < 0).any()) and bool((g > 0).any()),
    ],
    ids=["zero", "ones", "single", "large", "small", "both signs"],
)
def test_every_kind_is_among_them(kind: Callable[[Tensor], bool]) -> None:
    """Each uncovers something that the others do not."""
    find(cotangents(torch.zeros(2, 3, dtype=torch.float64)), kind)


def test_half_precision_is_not_driven_out_of_its_range() -> None:
    """2⁴⁰ is no float16: there, large is as large as can be multiplied by 2⁸."""
    output = torch.ones(3, dtype=torch.float16)
    large = find(cotangents(output), lambda g: float(g.abs().max()) > 200)
    assert bool(large.isfinite().all())

"""Layouts: the same values in other places."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.strategies import tensors
from gradcheck.strategies.layouts import LAYOUTS

X = torch.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name != "expanded"])
def test_a_layout_changes_no_value(name: str) -> None:
    """Only where they lie."""
    assert torch.equal(LAYOUTS[name](X), X)


@pytest.mark.parametrize(
    ("name", "stride", "offset"),
    [
        ("contiguous", (4, 1), 0),
        ("transposed", (1, 3), 0),
        ("strided", (8, 2), 0),
        ("offset", (4, 1), 1),
        ("expanded", (0, 1), 0),
    ],
)
def test_each_lies_as_it_is_called(name: str, stride: tuple[int, int], offset: int) -> None:
    """Strides and offset, as torch sees them."""
    laid = LAYOUTS[name](X)
    assert (laid.stride(), laid.storage_offset()) == (stride, offset)


@given(st.data())
def test_an_expanded_tensor_holds_what_was_asked_for(data: st.DataObject) -> None:
    """The kink stands in the one sample that is repeated, so it is in all."""
    x: Tensor = data.draw(tensors((3, 2), layout="expanded", kinks=(2.0,)))
    assert x.stride()[0] == 0
    assert (x == 2).any(dim=1).tolist() == [True] * 3

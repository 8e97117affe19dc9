"""Embedding: the rows of a table, beside torch.nn.Embedding."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from scratchnn import ArgumentError, DtypeError, Embedding

ROWS, WIDTH = 5, 3
INDICES = st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=12)


@given(INDICES, st.none() | st.integers(-ROWS, ROWS - 1))
def test_the_gradient_is_torch_s_and_the_padding_gets_none(
    indices: list[int], padding: int | None
) -> None:
    """A row that comes twice gets both cotangents; that of the padding stays at zero."""
    ours = Embedding(ROWS, WIDTH, padding, dtype=torch.float64)
    theirs = nn.Embedding(ROWS, WIDTH, padding, dtype=torch.float64)
    theirs.load_state_dict(ours.state_dict())
    index = torch.tensor(indices)
    grad = torch.arange(1.0, 1 + index.numel() * WIDTH, dtype=torch.float64)
    grad = grad.reshape(-1, WIDTH)
    assert torch.equal(ours(index), theirs(index))
    ours.backward(grad)
    theirs(index).backward(grad)
    assert ours.weight.grad is not None
    assert theirs.weight.grad is not None
    assert torch.equal(ours.weight.grad, theirs.weight.grad)
    if padding is not None:
        assert not ours.weight.grad[padding].any()


def test_what_is_no_row_is_refused() -> None:
    """By its number, or by its dtype."""
    layer = Embedding(ROWS, WIDTH)
    with pytest.raises(ArgumentError, match="rows from 0 to 5"):
        layer(torch.tensor([0, ROWS]))
    with pytest.raises(DtypeError, match=r"\.long\(\)"):
        layer(torch.tensor([0.0]))
    with pytest.raises(ArgumentError, match="padding_idx=5"):
        Embedding(ROWS, WIDTH, padding_idx=ROWS)

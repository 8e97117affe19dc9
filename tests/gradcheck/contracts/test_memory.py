"""Memory: which tensors meet in it, element by element."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from gradcheck.contracts import memory
from gradcheck.contracts.memory import Place

BUFFER = torch.zeros(4, 6)
STEPS = st.integers(1, 4)
STARTS = st.integers(0, 5)


def overlap(one: Tensor, two: Tensor) -> bool:
    """Ask of the tensors themselves."""
    return memory.overlap(Place.of(one), Place.of(two))


def overlaps_itself(tensor: Tensor) -> bool:
    """The same."""
    return memory.overlaps_itself(Place.of(tensor))


@given(STARTS, STEPS, STARTS, STEPS)
def test_two_slices_overlap_where_they_have_an_element_in_common(
    start: int, step: int, other: int, other_step: int
) -> None:
    """Ranges that cross are not enough."""
    buffer = torch.arange(12)
    one, two = buffer[start::step], buffer[other::other_step]
    assert overlap(one, two) == bool(set(one.tolist()) & set(two.tolist()))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (BUFFER, BUFFER),
        (BUFFER, BUFFER.T),
        (BUFFER, BUFFER.reshape(-1)[-1:]),
        (BUFFER[:, 2], BUFFER[1:, 2:]),
        (BUFFER[0, 0], BUFFER),
        (BUFFER, BUFFER.view(torch.int16)),
        (BUFFER, torch.from_numpy(BUFFER.numpy()[::2])),
        (BUFFER[:1].expand(4, 6), BUFFER),
    ],
    ids=["itself", "turned", "flat", "corner", "scalar", "halves", "array", "expanded"],
)
def test_a_view_overlaps_what_it_views(one: Tensor, two: Tensor) -> None:
    """Of whatever shape, dtype or origin."""
    assert overlap(one, two)
    assert overlap(two, one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (BUFFER, BUFFER.clone()),
        (BUFFER[:, :3], BUFFER[:, 3:]),
        (BUFFER[::2], BUFFER[1::2]),
        (BUFFER[:0], BUFFER),
        (BUFFER, torch.as_tensor(np.zeros(3))),
    ],
    ids=["copy", "columns", "rows", "nothing", "array"],
)
def test_what_lies_beside_does_not_overlap(one: Tensor, two: Tensor) -> None:
    """Weight and bias may be columns of one gradient."""
    assert not overlap(one, two)


def test_only_what_is_expanded_overlaps_itself() -> None:
    """An axis of one, or no element, has no step to speak of."""
    assert overlaps_itself(torch.zeros(1).expand(3))
    assert not overlaps_itself(torch.zeros(1).expand(1))
    assert not overlaps_itself(torch.zeros(0, 1).expand(0, 3))
    assert not overlaps_itself(BUFFER.T)

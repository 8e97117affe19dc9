"""Tensors are found and replaced at any depth of somebody's arguments."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from gradcheck.adapters.nested import Nested, real
from gradcheck.errors import ExerciseError


@dataclass
class Batch:
    """A row of tensors with names."""

    x: Tensor
    more: list[Any]


Pairs = namedtuple("Pairs", ["first", "second"])  # noqa: PYI024 somebody has one


def test_every_form_is_entered_and_made_again() -> None:
    """Lists, tuples, named tuples, dictionaries, dataclasses; constants stay."""
    one, two, three = (torch.full((2,), float(n)) for n in (1, 2, 3))
    given = Batch(one, [Pairs(two, "label"), {"w": three, "n": torch.arange(2)}])
    nested = Nested((given, 4), ("batch", "n"))
    assert [place.name for place in nested.leaves] == [
        "batch.x",
        "batch.more[0].first",
        "batch.more[1]['w']",
    ]
    batch, number = nested.filled(tuple(-value for value in nested.values(torch.float64)))
    assert number == 4
    assert isinstance(batch.more[0], Pairs)
    assert batch.more[0].second == "label"
    assert batch.more[1]["w"].tolist() == [-3.0, -3.0]
    assert given.x.tolist() == [1.0, 1.0]


def test_only_what_asks_for_a_gradient_is_a_leaf_where_something_does() -> None:
    """As in torch; the rest is constant, in the dtype of the leaves."""
    asking, constant = torch.ones(2, requires_grad=True), torch.ones(2)
    nested = Nested((asking, constant), ("x", "c"))
    assert [place.name for place in nested.leaves] == ["x"]
    filled = nested.filled(nested.values(torch.float64), torch.float64)
    assert [tensor.dtype for tensor in filled] == [torch.float64, torch.float64]


def test_a_complex_leaf_has_its_two_parts_side_by_side() -> None:
    """And comes back as it was."""
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128)
    nested = Nested((z.conj(),), ("z",))
    (value,) = nested.values(torch.float64)
    assert value.tolist() == [[1.0, -2.0], [3.0, 1.0]]
    assert torch.equal(nested.filled((value,))[0], z.conj())
    assert real(torch.ones(2)).shape == (2,)


def test_a_tensor_given_twice_is_replaced_twice() -> None:
    """It is one variable: both places see every change."""
    x = torch.ones(2, requires_grad=True)
    nested = Nested((x, [x]), ("a", "b"))
    assert len(nested.leaves) == 1
    first, (other,) = nested.filled((torch.zeros(2),))
    assert first.tolist() == other.tolist() == [0.0, 0.0]


def test_a_sparse_leaf_is_refused() -> None:
    """With what to pass instead."""
    with pytest.raises(ExerciseError, match=r"x\[0\] is torch.sparse_coo.*to_dense"):
        _ = Nested(([torch.eye(2).to_sparse()],), ("x",)).leaves

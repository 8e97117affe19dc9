"""Somebody's object as it was: whatever a forward does to it, the next one finds it restored."""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.adapters.snapshot import Snapshot, converted_copy

LEAVES = st.integers() | st.text() | st.lists(st.floats(-9, 9), max_size=3).map(torch.tensor)
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner).map(lambda kept: SimpleNamespace(**kept))
    ),
    max_leaves=8,
)


def same(first: Any, second: Any) -> bool:
    """Tell whether two states hold the same values in the same structure."""
    if type(first) is not type(second):
        return False
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, SimpleNamespace):
        return same(vars(first), vars(second))
    return bool(first == second)


def wreck(item: Any) -> None:
    """Change everything below an item that can be changed in place."""
    if isinstance(item, torch.Tensor):
        item.add_(1)
    elif isinstance(item, SimpleNamespace):
        wreck(vars(item))
    elif isinstance(item, dict):
        wreck([*item.values()])
        item.popitem() if item else None
        item["junk"] = 1
    elif isinstance(item, list | tuple):
        for held in item:
            wreck(held)
        if isinstance(item, list):
            item.reverse()
            item.append("junk")


@given(STATES)
def test_whatever_changes_is_put_back(state: Any) -> None:
    """Tensors, lists, dictionaries and attributes, at any depth, as often as asked."""
    root = SimpleNamespace(state=state)
    before = copy.deepcopy(state)
    snapshot = Snapshot(root)
    for _ in range(2):
        wreck(root)
        snapshot.restore()
        assert same(root.state, before)
        assert vars(root).keys() == {"state"}


def test_everything_is_put_back_in_place() -> None:
    """Whoever holds a reference to a part sees it restored."""
    tensor, items, table = torch.zeros(2), [1], {"a": 1}
    root = SimpleNamespace(tensor=tensor, items=items, table=table)
    snapshot = Snapshot(root)
    tensor.fill_(5)
    items.clear()
    table["b"] = 2
    root.tensor, root.items, root.table = None, None, None
    snapshot.restore()
    assert root.tensor is tensor
    assert root.items is items
    assert root.table is table
    assert (tensor.tolist(), items, table) == ([0, 0], [1], {"a": 1})


def test_an_attribute_that_came_goes_and_one_that_went_comes() -> None:
    """A layer stores what backward needs when it is first called."""
    root = SimpleNamespace(scale=2)
    snapshot = Snapshot(root)
    root.saved = torch.ones(3)
    del root.scale
    snapshot.restore()
    assert vars(root) == {"scale": 2}


def test_a_shared_part_stays_shared() -> None:
    """Two owners of one list go on having one list."""
    shared: list[int] = []
    root = SimpleNamespace(left=shared, right=SimpleNamespace(up=shared))
    snapshot = Snapshot(root)
    root.left = [1]
    snapshot.restore()
    assert root.left is root.right.up is shared


def test_a_circle_is_walked_once() -> None:
    """Children know their parents, and lists may hold themselves."""
    root = SimpleNamespace()
    items: list[object] = []
    root.child, root.items = SimpleNamespace(parent=root), items
    items.append(items)
    snapshot = Snapshot(root)
    root.child.parent = None
    items.clear()
    snapshot.restore()
    assert root.child.parent is root
    assert items[0] is items


def test_an_exempt_tensor_is_left_alone() -> None:
    """Parameters are set anew before each call; a copy of a large one would be waste."""
    weight, buffer = torch.zeros(2), torch.zeros(2)
    snapshot = Snapshot(SimpleNamespace(weight=weight, buffer=buffer), exempt=[weight])
    weight.fill_(5)
    buffer.fill_(5)
    snapshot.restore()
    assert (weight.tolist(), buffer.tolist()) == ([5, 5], [0, 0])


def test_a_tensor_that_did_not_change_is_not_written() -> None:
    """Restoring a large unchanged one costs nothing, also after one that had changed."""
    buffer = torch.zeros(2)
    snapshot = Snapshot(SimpleNamespace(buffer=buffer))
    for change in (0, 1):
        buffer.add_(change)
        snapshot.restore()
        version = buffer._version
        snapshot.restore()
        assert buffer._version == version


class _Code:
    calls: list[int] = []  # noqa: RUF012 shared by the class on purpose

    def count(self) -> None: ...


@pytest.mark.parametrize("held", [_Code, torch, wreck, _Code().count])
def test_code_is_not_state(held: object) -> None:
    """Classes, modules and functions belong to everybody, and are neither walked nor restored."""
    snapshot = Snapshot(SimpleNamespace(held=held))
    _Code.calls.append(1)
    try:
        snapshot.restore()
        assert _Code.calls == [1]
    finally:
        _Code.calls.clear()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_floating_point_tensor_becomes_float64(dtype: torch.dtype) -> None:
    """In attributes, lists and dictionaries, with the same values."""
    value = torch.tensor([0.1, -3.0], dtype=dtype)
    root = SimpleNamespace(own=value, child=SimpleNamespace(items=[value], table={"a": value}))
    copy = converted_copy(root, torch.float64)
    for found in (copy.own, copy.child.items[0], copy.child.table["a"]):
        assert found.dtype == torch.float64
        assert torch.equal(found.to(dtype), value)
    assert root.own is value


def test_a_tensor_with_two_owners_keeps_them() -> None:
    """A weight that two layers share is one tensor in the copy as well, also inside a tuple."""
    value = torch.ones(2)
    copy = converted_copy(SimpleNamespace(first=value, second=(value,)), torch.float64)
    assert copy.first is copy.second[0]
    assert copy.first.dtype == torch.float64


@pytest.mark.parametrize("value", [torch.tensor([1, 2]), torch.tensor([True]), 3, 2.5, "x", None])
def test_nothing_else_becomes_float64(value: Any) -> None:
    """Indices, flags and plain values stay what they were."""
    copy = converted_copy(SimpleNamespace(own=value, items=[value]), torch.float64)
    assert same(copy.own, value)
    assert same(copy.items[0], value)

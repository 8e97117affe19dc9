"""The disk covers half of the square; exclusive or is its truth table."""

from __future__ import annotations

import math

import pytest
import torch

from scratchnn import ArgumentError, ShapeError, data


def test_the_disk_is_labelled_by_its_radius() -> None:
    """1 within 1/√(2π) of the centre, else 0."""
    points, labels = data.disk(2000, dtype=torch.float64)
    distance = (points - 0.5).norm(dim=1, keepdim=True)
    assert torch.equal((distance <= 1 / math.sqrt(2 * math.pi)).double(), labels)
    assert set(labels.flatten().tolist()) == {0.0, 1.0}


def test_points_are_uniform_in_the_unit_square() -> None:
    """Mean 1/2 and variance 1/12 in both coordinates, and half of them inside."""
    points, labels = data.disk(100_000)
    assert points.min() >= 0
    assert points.max() <= 1
    for column in points.T:
        assert float(column.mean()) == pytest.approx(0.5, abs=0.005)
        assert float(column.var()) == pytest.approx(1 / 12, rel=0.02)
    assert float(labels.mean()) == pytest.approx(0.5, abs=0.01)


def test_a_generator_repeats_the_disk_and_leaves_the_global_one_alone() -> None:
    """The data set of a run is known by its seed."""
    state = torch.get_rng_state()
    first, again = (data.disk(9, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    assert all(map(torch.equal, first, again))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_points_and_labels_have_the_dtype_asked_for(dtype: torch.dtype) -> None:
    """Targets must match outputs; by default both follow torch's default dtype."""
    assert {t.dtype for t in (*data.disk(3, dtype=dtype), *data.xor(dtype=dtype))} == {dtype}
    torch.set_default_dtype(dtype)
    assert {t.dtype for t in (*data.disk(3), *data.xor())} == {dtype}


def test_no_points_are_a_data_set_too() -> None:
    """With the right number of columns."""
    points, labels = data.disk(0)
    assert (points.shape, labels.shape) == ((0, 2), (0, 1))


def test_a_negative_number_of_points_is_refused() -> None:
    """In our words."""
    with pytest.raises(ArgumentError, match=r"disk\(-1\)"):
        data.disk(-1)


def test_xor_is_one_where_exactly_one_input_is() -> None:
    """All four rows of the table."""
    points, labels = data.xor()
    assert len({tuple(row) for row in points.tolist()}) == 4
    assert torch.equal((points.sum(dim=1, keepdim=True) == 1).float(), labels)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
def test_one_hot_puts_a_one_at_the_label(dtype: torch.dtype) -> None:
    """In the dtype of the labels, for an empty column of labels too."""
    rows = data.one_hot(torch.tensor([[2], [0]], dtype=dtype), classes=3)
    assert torch.equal(torch.tensor([[0, 0, 1], [1, 0, 0]], dtype=dtype), rows)
    assert data.one_hot(torch.empty(0, 1, dtype=dtype)).shape == (0, 2)


@pytest.mark.parametrize("label", [-1.0, 2.0, 0.5, float("nan")])
def test_a_label_that_is_no_class_is_refused(label: float) -> None:
    """Its row would hold no 1 at all."""
    with pytest.raises(ArgumentError, match=r"one of 0 … 1"):
        data.one_hot(torch.tensor([[0.0], [label]]))


@pytest.mark.parametrize("shape", [(3,), (3, 2), ()])
def test_labels_must_be_a_column(shape: tuple[int, ...]) -> None:
    """A row of labels would broadcast into a matrix of comparisons."""
    with pytest.raises(ShapeError, match=r"expected \(n, 1\)"):
        data.one_hot(torch.zeros(shape))

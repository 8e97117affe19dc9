"""All normalisations: beside torch, over shapes and options."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratchnn import (
    ArgumentError,
    BatchNorm1d,
    BatchNorm2d,
    GroupNorm,
    LayerNorm,
    RMSNorm,
    SavedTensorError,
    ShapeError,
)
from tests.scratchnn.beside_torch import assert_alike, assert_state_goes_both_ways, twins

EPS = st.sampled_from([1e-5, 0.25])
BATCH = [
    ("BatchNorm1d", (4, 3)),
    ("BatchNorm1d", (2, 3, 5)),
    ("BatchNorm2d", (2, 3, 4, 5)),
    ("BatchNorm2d", (1, 3, 4, 1)),
]


@pytest.mark.parametrize(("name", "shape"), BATCH)
@given(
    eps=EPS,
    momentum=st.sampled_from([None, 0.0, 0.1, 1.0]),
    affine=st.booleans(),
    track=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_batches_are_normalised_as_torch_does(
    *,
    name: str,
    shape: tuple[int, ...],
    eps: float,
    momentum: float | None,
    affine: bool,
    track: bool,
    dtype: torch.dtype,
) -> None:
    """In training, then the running statistics of several batches, then evaluation by them."""
    options = {"momentum": momentum, "affine": affine, "track_running_stats": track}
    ours, theirs = twins(name, 3, eps, **options, dtype=dtype)
    for _ in range(3):
        ours.zero_grad()
        theirs.zero_grad()
        assert_alike(ours, theirs, 3 * torch.randn(shape, dtype=dtype) + 1, rounding=512)
    for key, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[key], value)
    x = torch.randn(shape, dtype=dtype)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x).detach())
    assert_state_goes_both_ways(ours, theirs)


@given(eps=EPS, affine=st.booleans(), bias=st.booleans(), axes=st.integers(1, 3))
def test_layers_are_normalised_as_torch_does(
    *, eps: float, affine: bool, bias: bool, axes: int
) -> None:
    """Over one or several of the last axes."""
    shape = (2, 3, 5)
    ours, theirs = twins("LayerNorm", shape[-axes:], eps, affine, bias)
    assert_alike(ours, theirs, torch.randn(shape, dtype=torch.float64), rounding=512)
    assert_state_goes_both_ways(ours, theirs)


@given(eps=st.sampled_from([None, 1e-5, 0.25]), affine=st.booleans(), axes=st.integers(1, 3))
def test_root_mean_squares_are_torchs(*, eps: float | None, affine: bool, axes: int) -> None:
    """Over one or several of the last axes."""
    shape = (2, 3, 5)
    ours, theirs = twins("RMSNorm", shape[-axes:], eps, affine)
    assert_alike(ours, theirs, torch.randn(shape, dtype=torch.float64), rounding=512)
    assert_state_goes_both_ways(ours, theirs)


@given(
    groups=st.sampled_from([1, 2, 3, 6]),
    shape=st.sampled_from([(4, 6), (2, 6, 3), (1, 6, 3, 2)]),
    eps=EPS,
    affine=st.booleans(),
)
def test_groups_are_normalised_as_torch_does(
    *, groups: int, shape: tuple[int, ...], eps: float, affine: bool
) -> None:
    """From one group to one for each channel."""
    if groups == shape[1] and len(shape) == 2:
        return  # a group of one number, of which torch says nothing either
    ours, theirs = twins("GroupNorm", groups, 6, eps, affine)
    assert_alike(ours, theirs, torch.randn(shape, dtype=torch.float64), rounding=512)
    assert_state_goes_both_ways(ours, theirs)


def test_the_variance_does_not_cancel() -> None:
    """Where mean x² - μ² is wrong in the second digit, the variance of the differences is not."""
    x = torch.randn(1000, 1) + 10_000
    exact = x.double().var(correction=0)
    layer = BatchNorm1d(1, momentum=1.0)
    layer(x)
    assert layer.running_var is not None
    assert abs(float(layer.running_var) * 999 / 1000 / float(exact) - 1) < 1e-4
    naive = float((x * x).mean() - x.mean() ** 2)
    assert abs(naive / float(exact) - 1) > 1e-2


def test_a_single_value_per_channel_is_refused_in_training_only() -> None:
    """It has no variance; in evaluation it needs none."""
    layer = BatchNorm1d(3)
    with pytest.raises(ArgumentError, match=r"\(1, 3\): expected more than one value per channel"):
        layer(torch.ones(1, 3))
    assert layer.eval()(torch.ones(1, 3)).shape == (1, 3)


def test_evaluation_leaves_the_statistics_alone() -> None:
    """And a training forward counts once."""
    layer = BatchNorm1d(2)
    layer(torch.randn(4, 2))
    before = layer.state_dict()
    layer.eval()(torch.randn(4, 2))
    assert all(torch.equal(value, layer.state_dict()[name]) for name, value in before.items())
    assert int(before["num_batches_tracked"]) == 1


def test_a_weight_changed_before_the_backward_is_noticed() -> None:
    """As for Linear: the gradient would be that of other weights."""
    layer = LayerNorm(3)
    y = layer(torch.randn(4, 3))
    assert layer.weight is not None
    layer.weight.data += 1
    with pytest.raises(SavedTensorError):
        layer.backward(y)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (BatchNorm1d(3), (4, 2), "(4, 2), expected (N, 3, ...) with 2 or 3 axes"),
        (BatchNorm2d(3), (4, 3), "(4, 3), expected (N, 3, ...) with 4 axes"),
        (LayerNorm((2, 3)), (4, 3), "expected its last axes to be (2, 3)"),
        (RMSNorm(3), (4, 2), "expected its last axes to be (3,)"),
        (GroupNorm(1, 3), (4, 2), "(4, 2), expected (N, 3, ...)"),
    ],
)
def test_an_input_that_does_not_fit_is_refused(layer: Any, shape: Any, words: str) -> None:
    """Both shapes are named."""
    with pytest.raises(ShapeError) as caught:
        layer(torch.ones(shape))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: BatchNorm1d(0),
        lambda: LayerNorm(()),
        lambda: RMSNorm(0),
        lambda: GroupNorm(2, 3),
    ],
    ids=["BatchNorm1d", "LayerNorm", "RMSNorm", "GroupNorm"],
)
def test_sizes_outside_their_range_are_refused(make: Any) -> None:
    """The text says what was expected."""
    with pytest.raises(ArgumentError, match="expected"):
        make()


def test_an_empty_batch_is_normalised_without_a_warning() -> None:
    """As torch does: there are no rows, and nothing to say of them."""
    layer, empty = LayerNorm(3), torch.zeros(0, 3)
    assert layer(empty).shape == layer.backward(empty).shape == (0, 3)

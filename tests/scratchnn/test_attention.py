"""MultiheadAttention and TransformerEncoderLayer: beside torch, over options, masks and layouts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchnn import ArgumentError, MultiheadAttention, ShapeError, TransformerEncoderLayer
from tests.scratchnn.beside_torch import assert_alike, assert_state_goes_both_ways, twins

DOUBLE = torch.float64


@settings(max_examples=25)
@given(
    heads=st.sampled_from([1, 2, 4]),
    sizes=st.sampled_from([{}, {"kdim": 3, "vdim": 5}, {"kdim": 3}]),
    bias=st.booleans(),
    batch_first=st.booleans(),
    alone=st.booleans(),
    masks=st.sampled_from(["none", "padding", "both", "numbers"]),
    averaged=st.booleans(),
)
def test_attention_is_torchs(
    *,
    heads: int,
    sizes: dict[str, int],
    bias: bool,
    batch_first: bool,
    alone: bool,
    masks: str,
    averaged: bool,
) -> None:
    """Output, weights and all gradients, also that of a loss on the weights."""
    options: dict[str, Any] = {**sizes, "bias": bias, "batch_first": batch_first}
    ours, theirs = twins("MultiheadAttention", 4, heads, **options)
    features = (4, sizes.get("kdim", 4), sizes.get("vdim", 4))
    inputs = []
    for length, size in zip((5, 6, 6), features, strict=True):
        x = torch.randn(length, size, dtype=DOUBLE)
        if not alone:
            x = torch.randn(length, 3, size, dtype=DOUBLE)
            x = x.transpose(0, 1).contiguous() if batch_first else x
        inputs.append(x)
    padding = torch.zeros(6 if alone else (3, 6), dtype=torch.bool)
    padding[..., 4:] = True
    hidden = torch.ones(5, 6, dtype=torch.bool).triu(2)
    given_masks: dict[str, Any] = {
        "none": {},
        "padding": {"key_padding_mask": padding},
        "both": {"key_padding_mask": padding, "attn_mask": hidden},
        "numbers": {"attn_mask": torch.randn(5, 6, dtype=DOUBLE)},
    }[masks]
    assert_alike(ours, theirs, *inputs, rounding=256, average_attn_weights=averaged, **given_masks)
    assert_state_goes_both_ways(ours, theirs)


def test_a_query_that_may_see_nothing_gets_zeros() -> None:
    """A softmax over nothing would be NaN."""
    layer = MultiheadAttention(4, 2)
    x = torch.randn(3, 2, 4)
    y, weights = layer(x, x, x, attn_mask=torch.ones(3, 3, dtype=torch.bool))
    assert not weights.any()
    assert bool(y.isfinite().all())
    assert all(bool(grad.isfinite().all()) for grad in layer.backward(torch.ones_like(y)))


def test_self_attention_has_the_sum_of_three_gradients() -> None:
    """One tensor in three places gets what belongs to all of them."""
    ours, theirs = twins("MultiheadAttention", 4, 2)
    x = torch.randn(3, 2, 4, dtype=DOUBLE)
    y, _ = ours(x, x, x)
    grad = torch.randn_like(y)
    total = sum(ours.backward(grad))
    x_torch = x.requires_grad_()
    theirs(x_torch, x_torch, x_torch)[0].backward(grad)
    torch.testing.assert_close(total, x_torch.grad)


@settings(max_examples=25)
@given(
    activation=st.sampled_from(["relu", "gelu"]),
    batch_first=st.booleans(),
    norm_first=st.booleans(),
    bias=st.booleans(),
    masked=st.booleans(),
)
def test_the_encoder_layer_is_torchs(
    *, activation: str, batch_first: bool, norm_first: bool, bias: bool, masked: bool
) -> None:
    """Output and all gradients, for both orders of the normalisation."""
    options: dict[str, Any] = {
        "batch_first": batch_first,
        "norm_first": norm_first,
        "bias": bias,
        "activation": activation,
    }
    ours, theirs = twins("TransformerEncoderLayer", 4, 2, 6, dropout=0.0, **options)
    x = torch.randn(*((3, 5) if batch_first else (5, 3)), 4, dtype=DOUBLE)
    masks: dict[str, Any] = {}
    if masked:
        masks["src_mask"] = torch.ones(5, 5, dtype=torch.bool).triu(1)
        masks["src_key_padding_mask"] = torch.zeros(3, 5, dtype=torch.bool)
    assert_alike(ours, theirs, x, rounding=1024, **masks)
    assert_state_goes_both_ways(ours, theirs)


def test_evaluation_leaves_nothing_out() -> None:
    """Without dropout two forwards are the same, and torch's."""
    ours, theirs = twins("TransformerEncoderLayer", 4, 2, 6, dropout=0.5)
    x = torch.randn(5, 3, 4, dtype=DOUBLE)
    assert not torch.equal(ours(x), ours(x))
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x).detach())


def test_a_forward_that_fails_halfway_leaves_nothing_behind() -> None:
    """Its first half would answer the next backward."""
    layer = TransformerEncoderLayer(4, 2, 6)
    with pytest.raises(ShapeError):
        layer(torch.ones(5, 3, 4), torch.ones(2, 2, dtype=torch.bool))
    y = layer(torch.ones(5, 3, 4))
    layer.backward(y)
    assert not layer.self_attn.out_proj._stack.records


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda layer, x: layer(x, x, x[:2]), "one value for each key"),
        (lambda layer, x: layer(x[..., :3], x, x), "query of MultiheadAttention is (5, 3, 3)"),
        (lambda layer, x: layer(x, x[:, :2], x[:, :2]), "as many samples as queries"),
        (lambda layer, x: layer(x, x, x, torch.ones(2, 2, dtype=torch.bool)), "key_padding_mask"),
        (lambda layer, x: layer(x, x, x, attn_mask=torch.ones(2, 2)), "attn_mask is (2, 2)"),
    ],
    ids=["value", "query", "key", "padding", "mask"],
)
def test_what_does_not_fit_is_refused(call: Any, words: str) -> None:
    """Both shapes are named."""
    with pytest.raises(ShapeError) as caught:
        call(MultiheadAttention(4, 2), torch.ones(5, 3, 4))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: MultiheadAttention(4, 3),
        lambda: MultiheadAttention(4, 2, dropout=1.0),
        lambda: TransformerEncoderLayer(4, 2, activation="tanh"),
    ],
    ids=["heads", "dropout", "activation"],
)
def test_a_setting_outside_its_range_is_refused(make: Any) -> None:
    """The text says what was expected."""
    with pytest.raises(ArgumentError, match="expected"):
        make()

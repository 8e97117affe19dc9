"""RNN, LSTM, GRU: beside torch, over layers, directions and layouts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratchnn import GRU, LSTM, RNN, ArgumentError, DtypeError, SavedTensorError, ShapeError
from tests.scratchnn.beside_torch import assert_alike, assert_state_goes_both_ways, twins

KINDS = pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
OPTIONS = st.fixed_dictionaries(
    {
        "num_layers": st.integers(1, 3),
        "bias": st.booleans(),
        "batch_first": st.booleans(),
        "bidirectional": st.booleans(),
    }
)


@KINDS
@settings(max_examples=25)
@given(
    options=OPTIONS,
    steps=st.integers(1, 5),
    samples=st.one_of(st.none(), st.integers(1, 3)),
    state=st.booleans(),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_sequences_are_torchs(
    *,
    name: str,
    options: dict[str, Any],
    steps: int,
    samples: int | None,
    state: bool,
    dtype: torch.dtype,
) -> None:
    """Outputs, last states and all gradients, those of the first states too."""
    if name == "RNN" and steps % 2:
        options = {**options, "nonlinearity": "relu"}
    ours, theirs = twins(name, 3, 4, **options, dtype=dtype)
    sizes = (steps,) if samples is None else (steps, samples)
    if options["batch_first"]:
        sizes = sizes[::-1]
    inputs: list[Any] = [torch.randn(*sizes, 3, dtype=dtype)]
    count = options["num_layers"] * (2 if options["bidirectional"] else 1)
    shape = (count, 4) if samples is None else (count, samples, 4)
    parts = 2 if name == "LSTM" else 1
    if state:
        first = [torch.randn(shape, dtype=dtype) for _ in range(parts)]
        inputs.append(tuple(first) if name == "LSTM" else first[0])
    # Without a first state there is nothing for its gradient to be compared with.
    assert_alike(ours, theirs, *inputs, rounding=512, without=0 if state else parts)
    assert_state_goes_both_ways(ours, theirs)


@KINDS
def test_the_same_seed_gives_the_weights_of_torch(name: str) -> None:
    """Drawn from the same generator in the same order."""
    options: dict[str, Any] = {"num_layers": 2, "bidirectional": True}
    torch.manual_seed(3)
    ours = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}[name](3, 4, **options)
    torch.manual_seed(3)
    theirs = getattr(torch.nn, name)(3, 4, **options)
    for key, value in theirs.state_dict().items():
        assert torch.equal(value, ours.state_dict()[key])


@KINDS
def test_no_cotangent_for_the_state_means_zeros(name: str) -> None:
    """Whoever uses the output alone need not name the state."""
    ours, _ = twins(name, 3, 4)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    y, state = ours(x)
    grad = torch.randn_like(y)
    short, _ = ours.backward(grad)
    ours(x)
    zeros = tuple(map(torch.zeros_like, state)) if name == "LSTM" else torch.zeros_like(state)
    assert torch.equal(short, ours.backward(grad, zeros)[0])


@KINDS
def test_dropout_lies_between_the_layers(name: str) -> None:
    """With a probability of one, the last layer sees zeros, and the first gets nothing."""
    ours, _ = twins(name, 3, 4, num_layers=2, dropout=1.0)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    y, _ = ours(x)
    alone, _ = twins(name, 4, 4)
    last = {k.replace("l1", "l0"): v for k, v in ours.state_dict().items() if k.endswith("l1")}
    alone.load_state_dict(last)
    torch.testing.assert_close(y, alone(torch.zeros(5, 2, 4, dtype=torch.float64))[0])
    x_bar, _ = ours.backward(torch.ones_like(y))
    assert not x_bar.any()
    assert not ours.weight_ih_l0.grad.any()


def test_a_weight_changed_before_the_backward_is_noticed() -> None:
    """As for Linear."""
    layer = GRU(3, 4)
    y, _ = layer(torch.randn(5, 2, 3))
    next(layer.parameters()).data += 1
    with pytest.raises(SavedTensorError):
        layer.backward(y)


@pytest.mark.parametrize(
    ("shape", "hx", "words"),
    [
        ((5, 2, 4), None, "is (5, 2, 4), expected (T, N, 3) or (T, 3)"),
        ((0, 2, 3), None, "and at least one step"),
        ((5, 2, 3), torch.ones(2, 2, 4), "(2, 2, 4), expected (1, 2, 4)"),
    ],
    ids=["features", "steps", "state"],
)
def test_what_does_not_fit_is_refused(shape: Any, hx: Any, words: str) -> None:
    """Both shapes are named."""
    with pytest.raises(ShapeError) as caught:
        GRU(3, 4)(torch.ones(shape), hx)
    assert words in str(caught.value)


def test_an_lstm_wants_two_states() -> None:
    """One tensor would be taken for h and c both."""
    with pytest.raises(ShapeError, match="expected a tuple of 2 tensors"):
        LSTM(3, 4)(torch.ones(5, 2, 3), torch.ones(1, 2, 4))


def test_another_dtype_is_refused() -> None:
    """The text holds the conversion."""
    with pytest.raises(DtypeError, match=r"\.to\("):
        RNN(3, 4)(torch.ones(5, 2, 3, dtype=torch.float64))


@pytest.mark.parametrize(
    "options",
    [{"num_layers": 0}, {"dropout": 2.0}, {"nonlinearity": "sigmoid"}],
    ids=["layers", "dropout", "nonlinearity"],
)
def test_a_setting_outside_its_range_is_refused(options: dict[str, Any]) -> None:
    """The text says what was expected."""
    with pytest.raises(ArgumentError, match="expected"):
        RNN(3, 4, **options)

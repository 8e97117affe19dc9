"""The precision that a forward computes in, told from how it answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck.adapters import adapt
from gradcheck.cases.precision import by_digits, stored_dtype, working_dtype, working_epsilon
from gradcheck.cases.probe import Probe, take

W = torch.linspace(-1, 2, 18, dtype=torch.float64).reshape(6, 3) ** 3


def probe_of(forward: Callable[..., object], scale: float = 1.0, dtype: str = "float64") -> Probe:
    """The forward at normal numbers that have this dtype."""
    draws = torch.Generator().manual_seed(1)
    x = scale * torch.randn(7, 6, generator=draws, dtype=torch.float64)
    pair = gradcheck.Pair(forward, lambda g, x: None)
    return take(adapt(pair, (x.to(getattr(torch, dtype)),), {}), (1,))


CASTS: dict[str, tuple[Callable[[Tensor], object], torch.dtype]] = {
    "float32 out": (lambda x: torch.tanh(x.float()), torch.float32),
    "float32 and back": (lambda x: torch.tanh(x.float()).double(), torch.float32),
    "float32 between": (lambda x: torch.tanh((x @ W).float()).double() @ W.T, torch.float32),
    "float32 loss as a number": (lambda x: float((x.float() ** 2).mean()), torch.float32),
    "numpy": (
        lambda x: torch.from_numpy(np.tanh(x.numpy().astype(np.float32)).astype(float)),
        torch.float32,
    ),
    "float16": (lambda x: torch.tanh(x.half()).double(), torch.float16),
    "bfloat16": (lambda x: torch.tanh(x.bfloat16()).float(), torch.bfloat16),
    "bfloat16 product": (lambda x: (x.bfloat16() @ W.bfloat16()).double(), torch.bfloat16),
}


@pytest.mark.parametrize("given", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("name", CASTS)
def test_a_cast_inside_is_found(name: str, given: str) -> None:
    """Wherever it stands, whatever comes after, whatever the inputs were stored in."""
    forward, dtype = CASTS[name]
    probe = probe_of(forward, dtype=given)
    assert working_dtype(probe) == dtype
    assert working_epsilon(probe) == torch.finfo(dtype).eps


@pytest.mark.parametrize("given", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
@pytest.mark.parametrize(
    "forward",
    [
        torch.tanh,
        torch.relu,
        torch.round,
        torch.sign,
        lambda x: x + 1e6,
        lambda x: x.sum(),
        lambda x: torch.softmax(x, -1),
        lambda x: 0 * x + 1,
        lambda x: x @ W,
    ],
    ids=["tanh", "relu", "round", "sign", "shift", "sum", "softmax", "constant", "product"],
)
def test_float64_is_not_taken_for_less(
    forward: Callable[[Tensor], object], scale: float, given: str
) -> None:
    """Not where inputs have few digits, nor where outputs are whole numbers or hardly move."""
    assert working_dtype(probe_of(forward, scale, given)) == torch.float64


def test_the_stored_dtype_is_the_coarsest_of_the_outputs() -> None:
    """No forward tells more than it returns."""
    probe = probe_of(lambda x: (x, x.float(), x.half()))
    assert stored_dtype(probe) == torch.float16


def test_digits_tell_the_dtype_unless_they_are_those_of_whole_numbers() -> None:
    """Counts are numbers of every dtype."""
    tenths = torch.tensor([0.1, 0.2], dtype=torch.float64)
    assert by_digits([tenths]) is None
    assert by_digits([tenths.half().double()]) == torch.float16
    assert by_digits([torch.arange(5.0)]) is None

"""Which code is in float32 by habit, and which only says the word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gradcheck.foreign.widening import says_float32


def by_word(x: Any) -> Any:
    """As NumPy spells it."""
    return x.astype("float32")


def by_name(x: Any) -> Any:
    """The same."""
    return np.asarray(x, np.float32)


def by_method(x: Any) -> Any:
    """As torch does."""
    return x.float()


def by_dtype(x: Any) -> Any:
    """The same."""
    return x.to(torch.float)


def with_an_infinity(x: Any) -> Any:
    """A number of Python's."""
    return x.masked_fill(x > 0, float("-inf"))


def as_python_says(x: Any) -> Any:
    """NumPy's float is float64."""
    return np.zeros_like(x, dtype=float)


def module(function: Any) -> type:
    """A class whose forward is this."""
    return type("Layer", (), {"forward": function, "__module__": __name__})


@pytest.mark.parametrize("function", [by_word, by_name, by_method, by_dtype])
def test_who_casts_to_float32_says_it(function: Any) -> None:
    """In any spelling."""
    assert says_float32(module(function))


@pytest.mark.parametrize("function", [with_an_infinity, as_python_says])
def test_pythons_own_float_is_not_meant(function: Any) -> None:
    """It holds as many digits as a float64."""
    assert not says_float32(module(function))

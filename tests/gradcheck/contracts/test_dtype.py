"""Dtype: that of the leaf, in double and in single precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair

X = torch.linspace(-1, 1.25, 6, dtype=torch.float64).reshape(2, 3)


def answer(
    forward: Callable[..., Any], backward: Callable[..., Any], x: Any = X
) -> tuple[str, str]:
    """The verdict on dtypes alone, and the words."""
    return said(gradcheck.check(Pair(forward, backward), x, contracts=("dtype",)))


def said(result: gradcheck.Result) -> tuple[str, str]:
    """The same of any result."""
    found = [finding for finding in result.findings if finding.is_contract]
    if not found:
        return "waived", result.unverified["dtype"]
    return str(found[0].verdict), found[0].message


def test_what_comes_back_as_it_went_in_is_verified() -> None:
    """Tensors and arrays."""
    assert answer(lambda x: 2 * x, lambda g, x: 2 * g)[0] == "verified"
    assert answer(lambda x: 2 * x, lambda g, x: 2 * g, X.numpy())[0] == "verified"


def test_a_gradient_of_single_precision_for_a_double_is_refuted() -> None:
    """Half of the digits are gone; here they are zeros."""
    assert answer(lambda x: 2 * x, lambda g, x: 2 * g.float()) == (
        "refuted",
        "the gradient of input is float32, input is float64",
    )


def test_a_gradient_of_double_precision_for_a_single_is_refuted() -> None:
    """An optimizer that adds it to a float32 weight fails, or doubles the memory."""
    words = "the gradient of input is float64, input is float32"
    assert answer(lambda x: 2 * x, lambda g, x: 2 * g.double()) == ("refuted", words)


def test_numpy_promotes() -> None:
    """A scalar of double precision is enough, and nobody means it."""
    verdict, words = answer(lambda x: 2 * x, lambda g, x: np.float64(2) * g.astype("f8"), X.numpy())
    assert verdict == "waived"
    assert words.endswith("NumPy promotes")


def test_code_with_a_dtype_of_its_own_is_waived_with_its_output() -> None:
    """What goes in as it likes comes out as it likes."""
    verdict, words = answer(lambda x: 2 * x.float(), lambda g, x: 2 * g)
    assert verdict == "waived"
    assert words.endswith("the output float32: it computes in a dtype of its own")


def test_code_that_refuses_single_precision_is_waived_with_its_words() -> None:
    """The check in double precision stands."""

    class Double:
        def forward(self, x: Tensor) -> Tensor:
            if x.dtype != torch.float64:
                raise TypeError("double wanted")
            return 2 * x

        def backward(self, grad: Tensor) -> Tensor:
            return 2 * grad

    verdict, words = said(gradcheck.check(Double(), X, contracts=("dtype",)))
    assert verdict == "waived"
    assert words == "in float32 it fails: Double.forward raised TypeError: double wanted"


def test_who_promises_more_is_held_to_it() -> None:
    """A module of scratchnn has the dtype of its inputs throughout."""

    class Own:
        torch_conventions = True

        def forward(self, x: Tensor) -> Tensor:
            return 2 * x.double()

        def backward(self, grad: Tensor) -> Tensor:
            return 2 * grad

    assert said(gradcheck.check(Own(), X, contracts=("dtype",)))[0] == "refuted"

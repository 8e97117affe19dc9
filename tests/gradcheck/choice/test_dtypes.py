"""Inputs of the dtypes that a source treats apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.choice.choose import cases_of
from gradcheck.targets.resolve import Target

Array = NDArray[np.floating[Any]]


class Swish(Function):
    """Computes in float32 where the input has fewer digits."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """The input times its sigmoid."""
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Both factors."""
        (x,) = ctx.saved_tensors
        wide = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        s = torch.sigmoid(wide)
        return grads[0] * (s * (1 + wide * (1 - s))).to(x.dtype)


class WrongSwish(Swish):
    """There, it takes the sigmoid for a constant."""

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """One factor, or both."""
        (x,) = ctx.saved_tensors
        if x.dtype == torch.float16:
            return grads[0] * torch.sigmoid(x)
        return Swish.backward(ctx, *grads)


class Sine:
    """A layer whose slope is a rough one for all but double precision."""

    def forward(self, x: Array) -> Array:
        """Keep the input."""
        self.x = x
        y: Array = np.sin(x)
        return y

    def backward(self, grad: Array) -> Array:
        """A few terms of the series."""
        rough = 1 - self.x**2 / 2 + self.x**4 / 25
        slope: Array = np.cos(self.x) if self.x.dtype == np.float64 else rough
        return (grad * slope).astype(self.x.dtype)


class Cast:
    """Only casts: no formula is another."""

    def forward(self, x: Tensor) -> Tensor:
        """Keep the input."""
        self.x = x
        return x.sin()

    def backward(self, grad: Tensor) -> Tensor:
        """In more digits."""
        return (grad * self.x.to(torch.float64).cos()).to(self.x.dtype)


def labels(target: Any) -> list[str]:
    """The cases that are found."""
    return [case.label for case in cases_of(Target(target.__name__, target))]


def test_a_dtype_that_is_compared_with_is_asked() -> None:
    """With a formula of its own there, it is refuted; with a wider one it is not."""
    assert [one for one in labels(Swish) if " in " in one] == [
        "x (4, 5), in bfloat16",
        "x (4, 5), in float16",
    ]
    assert gradcheck.check(Swish).verdict == "verified"
    found = gradcheck.check(WrongSwish)
    assert found.verdict == "refuted"
    assert {one.check for one in found.findings if one.verdict == "refuted"} == {"rounding"}


def test_what_is_not_double_is_single() -> None:
    """Of an array as well."""
    assert labels(Sine)[-1] == "input (4, 5) in float32"
    assert gradcheck.check(Sine).verdict == "refuted"


def test_a_mere_cast_is_no_formula() -> None:
    """Nothing is compared."""
    assert not any(" in " in one for one in labels(Cast))

"""The cause ``conjugate``: what is conjugated too often, or not at all, is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import gradcheck
from gradcheck import Pair

Forward = Callable[..., Tensor]
Backward = Callable[..., Any]


def drawn(*shape: int) -> Tensor:
    """A complex leaf."""
    return torch.randn(shape, dtype=torch.complex128, requires_grad=True)


def function(forward: Forward, backward: Backward) -> Any:
    """The two as a Function."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *given: Tensor) -> Tensor:
            ctx.save_for_backward(*given)
            return forward(*given)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            return backward(grad_outputs[0], *ctx.saved_tensors)

    return Made


WRONG: dict[str, tuple[Forward, Backward, str]] = {
    "square": (lambda z: z * z, lambda g, z: g * 2 * z, "the derivative is not conjugated"),
    "exp": (torch.exp, lambda g, z: g * z.exp(), "the derivative is not conjugated"),
    "abs": (
        torch.abs,
        lambda g, z: g * z.conj() / z.abs(),
        "the claimed gradient is the conjugate of the true one",
    ),
    "exp, grad_output conjugated": (
        torch.exp,
        lambda g, z: g.conj() * z.exp().conj(),
        "the claimed gradient is the true one for the conjugate of grad_output",
    ),
    "sum of squares": (
        lambda z: (z * z).sum(-1),
        lambda g, z: g[..., None].conj() * 2 * z,
        "the claimed gradient is the conjugate of the true one",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("make", [function, Pair, lambda f, b: function(f, b).apply])
def test_a_wrong_conjugate_is_named(name: str, make: Callable[..., Any]) -> None:
    """Of a Function, of a Pair, and of a function that calls a Function."""
    forward, backward, told = WRONG[name]
    result = gradcheck.check(make(forward, backward), drawn(3, 4), contracts=())
    assert result.cause == "conjugate"
    assert told in result.findings[0].message


def test_only_the_factor_that_is_wrong_is_blamed() -> None:
    """Of a product, one conjugate is missing."""
    product = function(torch.mul, lambda g, z, w: (g * w.conj(), g * z))
    found = gradcheck.check(product, drawn(5), drawn(5), contracts=()).findings
    assert [finding.cause for finding in found if finding.check == "gradient"] == [
        None,
        "conjugate",
    ]


def test_a_real_leaf_has_no_conjugate() -> None:
    """A sign that is wrong in the last of two columns is just that."""
    flipped = Pair(lambda x: 3 * x, lambda g, x: 3 * g * torch.tensor([1.0, -1.0]))
    x = torch.randn(4, 2, dtype=torch.float64)
    assert gradcheck.check(flipped, x, contracts=()).cause == "slice"

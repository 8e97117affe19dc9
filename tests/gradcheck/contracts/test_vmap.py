"""Vmap: a Function's own rule gives what one call after the other gives."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd import Function

import gradcheck
from gradcheck.records import VMAP

X = torch.linspace(-1, 1.25, 9, dtype=torch.float64).reshape(3, 3)
W = torch.linspace(0.5, 1.5, 3, dtype=torch.float64)


class Scaled(Function):
    """Each row times a weight, with a rule for vmap."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor) -> Tensor:
        """Multiply."""
        return x * weight

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keep both."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Exchange."""
        (grad,) = grads
        x, weight = ctx.saved_tensors
        return grad * weight, (grad * x).sum(0)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], x: Tensor, weight: Tensor) -> Any:
        """Bring the calls to the front."""
        x, weight = (
            one.expand(info.batch_size, *one.shape) if dim is None else one.movedim(dim, 0)
            for one, dim in zip((x, weight), in_dims, strict=True)
        )
        return x * weight.unsqueeze(1), 0


class FirstAxis(Scaled):
    """Believes that calls always lie along the first axis."""

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], x: Tensor, weight: Tensor) -> Any:
        """Expand, and move nothing."""
        x, weight = (
            one.expand(info.batch_size, *one.shape) if dim is None else one
            for one, dim in zip((x, weight), in_dims, strict=True)
        )
        return x * weight.unsqueeze(1), 0


class Twice(Scaled):
    """Another function."""

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], x: Tensor, weight: Tensor) -> Any:
        """Twice of it."""
        y, dim = Scaled.vmap(info, in_dims, x, weight)
        return 2 * y, dim


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (Scaled, ""),
        (FirstAxis, "vmap over x and weight along the last axis"),
        (Twice, "vmap over x and weight gives other outputs than one call after the other"),
    ],
)
def test_a_rule_for_vmap_gives_what_single_calls_give(function: type[Function], told: str) -> None:
    """Along whichever axis the calls lie."""
    result = gradcheck.check(function, X, W)
    (found,) = [finding for finding in result.findings if finding.check == VMAP]
    assert told in found.message
    assert found.cause == ("vmap" if told else None)
    assert result.verdict == ("refuted" if told else "verified")


def test_what_a_rule_refuses_is_told() -> None:
    """Nobody takes a message for an output."""
    result = gradcheck.check(FirstAxis, X[:2], W)
    assert result.verdict == "verified"
    assert result.unverified[VMAP].startswith("vmap over x and weight along the last axis raises")


class Plain(Scaled):
    """Leaves the rule to torch."""

    generate_vmap_rule = True
    vmap = Function.vmap


def test_without_a_rule_of_its_own_it_is_not_asked() -> None:
    """Torch's rule is torch's."""
    result = gradcheck.check(Plain, X, W)
    assert VMAP not in {*result.unverified, *(finding.check for finding in result.findings)}

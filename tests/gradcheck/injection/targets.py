"""Backwards to put faults into."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import gradcheck


class Scale:
    """Three times x."""

    def forward(self, x: Tensor) -> Tensor:
        """Scale."""
        return x * 3.0

    def backward(self, grad: Tensor) -> Tensor:
        """Scale, too."""
        return grad * 3.0


class Heir(Scale):
    """Six times x, half of it inherited."""

    def __init__(self) -> None:
        self.__one = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """Scale twice."""
        return 2.0 * super().forward(x)

    def backward(self, grad: Tensor) -> Tensor:
        """Likewise."""
        return 2.0 * super().backward(grad) * self.__one


def shared(x: Tensor) -> Tensor:
    """Return what both directions run."""
    return x * 7.0


def alone(grad: Tensor) -> Tensor:
    """Return what the backward alone runs."""
    return grad * 5.0


class Deep:
    """Thirty-five times x."""

    def forward(self, x: Tensor) -> Tensor:
        """Scale twice."""
        return shared(x) * 5.0

    def backward(self, grad: Tensor) -> Tensor:
        """Call for both."""
        return alone(shared(grad))


class Branching:
    """One line of its backward never runs."""

    def forward(self, x: Tensor) -> Tensor:
        """Scale."""
        return x * 3.0

    def backward(self, grad: Tensor) -> Tensor:
        """Scale, unless there are many samples."""
        if len(grad) > 1000:
            return grad * 9.0
        return grad * 3.0


class Doubled(torch.autograd.Function):
    """Twice x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Double."""
        del ctx
        return x * 2.0

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """Likewise."""
        del ctx
        return grad * 2.0


def pair_of(factor: float) -> gradcheck.Pair:
    """Return two closures."""

    def forward(x: Tensor) -> Tensor:
        return x * factor

    def backward(grad: Tensor, x: Tensor) -> Tensor:
        del x
        return grad * factor

    return gradcheck.Pair(forward, backward)

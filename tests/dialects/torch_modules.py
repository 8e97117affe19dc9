"""Modules of ``torch.nn`` around the Functions of `functions.py`, right and wrong."""

from __future__ import annotations

from typing import Any

import torch
from functions import (  # type: ignore[import-not-found] # lies beside this file
    Dense,
    Exp,
    Scaled,
    SineInNumPy,
    WritesToWhatItSaved,
)
from torch import Tensor, nn

exponential = Exp.apply


class Linear(nn.Module):
    """Named like torch's own, which is then its reference."""

    right = True

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        """Draw the weights."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))
        self.bias = nn.Parameter(torch.randn(out_features)) if bias else None

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return Dense.apply(x, self.weight, self.bias)


class _Around(nn.Module):
    """A linear layer first, so that there are parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, 3)


class CallsAnAlias(_Around):
    """``apply`` kept under a name of its own."""

    right = True

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return exponential(self.first(x))


class CallsNumPy(_Around):
    """Where finite differences are the only witness."""

    right = True

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return SineInNumPy.apply(self.first(x))


class Training(_Around):
    """With statistics that run, and elements dropped at random."""

    right = True

    def __init__(self) -> None:
        """Hold layers that keep state."""
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.drop = nn.Dropout(0.25)

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return Exp.apply(self.drop(self.norm(self.first(x))))


class Scales(_Around):
    """Every gradient below it is off."""

    broken = "gradient"

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return Scaled.apply(self.first(x))


class RightOnce(_Around):
    """A second backward on the graph fails."""

    broken = "call_order"

    def forward(self, x: Tensor) -> Any:
        """Compute."""
        return WritesToWhatItSaved.apply(self.first(x))

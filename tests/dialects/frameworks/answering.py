"""Layers that look for what they lack among their parameters, even while they are still empty."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Looking:
    """Attributes that are not its own are parameters."""

    def __init__(self) -> None:
        self._held: dict[str, Array] = {}
        self._kept: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        try:
            return self._held[name]
        except KeyError:
            raise AttributeError(name) from None


class Scaled(Looking):
    """y = a x, with a weight for each column."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self._held |= {"a": np.linspace(0.5, 2.0, features), "da": np.zeros(features)}

    def forward(self, x: Array) -> Array:
        self._kept.append(x)
        return x * self.a

    def backward(self, grad: Array) -> Array:
        x = self._kept.pop()
        self._held["da"] = (grad * x).sum(axis=0)
        return grad * self.a


class WrongScaled(Scaled):
    """The sum over the samples is a mean."""

    def backward(self, grad: Array) -> Array:
        x = self._kept.pop()
        self._held["da"] = (grad * x).mean(axis=0)
        return grad * self.a


class Bent(Looking):
    """A softplus, and a chain of two of these inside of it."""

    def __init__(self) -> None:
        super().__init__()
        self._inner = Slope()

    def forward(self, x: Array) -> Array:
        return np.logaddexp(0, self._inner.forward(x))

    def backward(self, grad: Array) -> Array:
        y = self._inner.last
        return self._inner.backward(grad / (1 + np.exp(-y)))


class Slope(Looking):
    """y = 3 x."""

    def forward(self, x: Array) -> Array:
        self.last = 3 * x
        return self.last

    def backward(self, grad: Array) -> Array:
        return 3 * grad


class WrongSlope(Slope):
    """The factor is forgotten."""

    def backward(self, grad: Array) -> Array:
        return grad.copy()

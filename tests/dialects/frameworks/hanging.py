"""Weights are arrays of a class of their own, on which a gradient hangs once it is set to zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Weight(np.ndarray):  # type: ignore[type-arg]
    """An array with a gradient that adds up what is assigned to it."""

    def __new__(cls, values: Array) -> Weight:
        made = np.asarray(values, dtype=float).view(cls)
        made._sum = None
        return made

    def __array_finalize__(self, other: Any) -> None:
        self._sum: Any = None

    @property
    def grad(self) -> Any:
        return self._sum

    @grad.setter
    def grad(self, more: Array) -> None:
        if self._sum is None:
            raise ValueError("set the gradients to zero first")
        self._sum += more

    def clear(self) -> None:
        self._sum = np.zeros(self.shape)


class Layer:
    """Its weights are what is a ``Weight``."""

    def parameters(self) -> Iterator[Weight]:
        yield from (one for one in vars(self).values() if isinstance(one, Weight))

    def zero_grad(self) -> None:
        for one in self.parameters():
            one.clear()


class Affine(Layer):
    def __init__(self, in_features: int, out_features: int) -> None:
        self.w = Weight(np.random.randn(out_features, in_features))
        self.b = Weight(np.random.randn(out_features))

    def forward(self, x: Array) -> Array:
        self.x = x
        return x @ np.asarray(self.w).T + np.asarray(self.b)

    def backward(self, grad: Array) -> Array:
        self.w.grad = grad.T @ self.x
        self.b.grad = grad.sum(axis=0)
        return grad @ np.asarray(self.w)


class WrongAffine(Affine):
    """The bias is forgotten to be summed with the right sign."""

    def backward(self, grad: Array) -> Array:
        self.w.grad = grad.T @ self.x
        self.b.grad = -grad.sum(axis=0)
        return grad @ np.asarray(self.w)


class WrongTwice(Affine):
    """The weight is counted twice."""

    def backward(self, grad: Array) -> Array:
        self.w.grad = grad.T @ self.x
        self.w.grad = grad.T @ self.x
        self.b.grad = grad.sum(axis=0)
        return grad @ np.asarray(self.w)

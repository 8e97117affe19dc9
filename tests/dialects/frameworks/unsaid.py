"""Sizes that may be left out by their default, and may not: shapes of one sample each."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Dense:
    def __init__(self, D_in: Any = None, D_out: Any = None, initializer: Any = None) -> None:
        if len(D_in) > 1 or len(D_out) > 1:
            raise ValueError("rows only")
        draw = initializer or np.random.standard_normal
        self.weights = {"w": draw((D_in[0], D_out[0])), "b": np.zeros(D_out)}
        self.gradients: dict[str, Array] = {}

    def forward(self, x: Array, mode: str = "train") -> Array:
        self.x = x
        return x @ self.weights["w"] + self.weights["b"]

    def backward(self, grad: Array) -> Array:
        self.gradients = {"w": self.x.T @ grad, "b": grad.sum(axis=0)}
        return grad @ self.weights["w"].T


class WrongDense(Dense):
    def backward(self, grad: Array) -> Array:
        self.gradients = {"w": self.x.T @ grad, "b": grad.sum(axis=0)}
        return 2 * grad @ self.weights["w"].T


class Flat:
    def __init__(self, D_in: Any = None) -> None:
        self.D_in = D_in

    def forward(self, x: Array, mode: str = "train") -> Array:
        return x.reshape(len(x), -1)

    def backward(self, grad: Array) -> Array:
        return grad.reshape(len(grad), *self.D_in)


class Pooled:
    """The mean of each window."""

    def __init__(self, D_in: Any = None, D_out: Any = None, filter_shape: Any = None) -> None:
        self.filter_shape = filter_shape

    def forward(self, x: Array, mode: str = "train") -> Array:
        self.shape = x.shape
        rows, columns = self.filter_shape
        high, wide = x.shape[2] - rows + 1, x.shape[3] - columns + 1
        out = np.zeros((*x.shape[:2], high, wide))
        for i in range(high):
            for j in range(wide):
                out[:, :, i, j] = x[:, :, i : i + rows, j : j + columns].mean(axis=(2, 3))
        return out

    def backward(self, grad: Array) -> Array:
        rows, columns = self.filter_shape
        dx = np.zeros(self.shape)
        for i in range(grad.shape[2]):
            for j in range(grad.shape[3]):
                share = grad[:, :, i, j][:, :, None, None] / (rows * columns)
                dx[:, :, i : i + rows, j : j + columns] += share
        return dx


class WrongPooled(Pooled):
    """Each window overwrites what those before it have left."""

    def backward(self, grad: Array) -> Array:
        rows, columns = self.filter_shape
        dx = np.zeros(self.shape)
        for i in range(grad.shape[2]):
            for j in range(grad.shape[3]):
                share = grad[:, :, i, j][:, :, None, None] / (rows * columns)
                dx[:, :, i : i + rows, j : j + columns] = share
        return dx

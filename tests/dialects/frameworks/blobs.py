"""Layers between two blobs, of which each holds numbers and a difference of the same shape.

Arrays are taken, too; a backward is handed nothing, and writes into the blob before it.
"""

from __future__ import annotations

import numpy as np


class Blob:
    def __init__(self, numbers):
        self.numbers = numbers
        self._error = np.empty_like(numbers)
        self.order = 0

    def fill_error(self, error):
        assert self._error.shape == error.shape
        self._error[:] = error

    @property
    def error(self):
        return self._error


class Layer:
    def __init__(self):
        self.ends = {}

    def opened(self, x: np.ndarray | Blob) -> np.ndarray:
        if isinstance(x, np.ndarray):
            x = Blob(x.astype(float))
        self.ends["in"] = x
        self.order = x.order
        return x.numbers

    def closed(self, numbers) -> Blob:
        out = Blob(numbers)
        out.order = self.order + 1
        self.ends["out"] = out
        return out

    def __call__(self, x):
        return self.forward(x)


class Sigmoid(Layer):
    def forward(self, x: np.ndarray | Blob) -> Blob:
        self.y = 1 / (1 + np.exp(-self.opened(x)))
        return self.closed(self.y)

    def backward(self):
        error = self.ends["out"].error
        error *= self.y * (1 - self.y)
        self.ends["in"].fill_error(error)


class WrongSigmoid(Sigmoid):
    def backward(self):
        error = self.ends["out"].error
        self.ends["in"].fill_error(error * self.y)


class Dense(Layer):
    """The gradients of its weights are returned, that of its input is not."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = np.random.randn(n_in, n_out)
        self.b = np.random.randn(1, n_out)

    def forward(self, x: np.ndarray | Blob) -> Blob:
        self.x = self.opened(x)
        return self.closed(self.x @ self.w + self.b)

    def backward(self):
        error = self.ends["out"].error
        self.ends["in"].fill_error(error @ self.w.T)
        return {"w": self.x.T @ error, "b": error.sum(axis=0, keepdims=True)}


class WrongDense(Dense):
    def backward(self):
        error = self.ends["out"].error
        self.ends["in"].fill_error(error @ self.w.T)
        return {"w": self.x.T @ error, "b": 2 * error.sum(axis=0, keepdims=True)}


class WrongInputDense(Dense):
    def backward(self):
        error = self.ends["out"].error
        self.ends["in"].fill_error(error @ self.w.T / len(error))
        return {"w": self.x.T @ error, "b": error.sum(axis=0, keepdims=True)}

"""Functions whose ``__call__`` hands all on to the forward, and keeps the slopes for the backward."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Function:
    def __init__(self) -> None:
        self.slopes: dict[str, Array] = {}

    def __call__(self, *inputs: Array, **options: Any) -> Any:
        output = self.forward(*inputs, **options)
        self.slopes = self.calc_grad(*inputs, **options)
        return output

    def forward(self, *inputs: Array, **options: Any) -> Any:
        raise NotImplementedError

    def calc_grad(self, *inputs: Array, **options: Any) -> dict[str, Array]:
        raise NotImplementedError


class Sine(Function):
    def forward(self, x: Array) -> Array:
        return np.sin(x)

    def backward(self, grad: Array) -> Array:
        return grad * self.slopes["x"]

    def calc_grad(self, x: Array) -> dict[str, Array]:
        return {"x": np.cos(x)}


class WrongSine(Sine):
    """The sign of a cosine's."""

    def calc_grad(self, x: Array) -> dict[str, Array]:
        return {"x": -np.cos(x)}


class Dense(Function):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weights = {"W": np.random.randn(n_in, n_out), "b": np.random.randn(1, n_out)}
        self.updates: dict[str, Array] = {}

    def forward(self, x: Array) -> Array:
        return x @ self.weights["W"] + self.weights["b"]

    def backward(self, grad: Array) -> Array:
        self.updates = {"W": self.slopes["W"].T @ grad, "b": grad.sum(axis=0, keepdims=True)}
        return grad @ self.slopes["x"].T

    def calc_grad(self, x: Array) -> dict[str, Array]:
        return {"x": self.weights["W"], "W": x}


class WrongDense(Dense):
    def backward(self, grad: Array) -> Array:
        self.updates = {"W": self.slopes["W"].T @ grad, "b": grad.mean(axis=0, keepdims=True)}
        return grad @ self.slopes["x"].T


class SquaredError(Function):
    def forward(self, x: Array, y: Array) -> float:
        return float(((x - y) ** 2).mean())

    def backward(self) -> Array:
        return self.slopes["x"]

    def calc_grad(self, x: Array, y: Array) -> dict[str, Array]:
        return {"x": 2 * (x - y) / x.size}


class WrongSquaredError(SquaredError):
    """The sum's."""

    def calc_grad(self, x: Array, y: Array) -> dict[str, Array]:
        return {"x": 2 * (x - y)}

"""Layers that are handed the cotangent by keyword, and hand theirs on in the same way."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Affine:
    def __init__(self, in_features: int, out_features: int) -> None:
        self.vars = {
            "W": np.random.randn(in_features, out_features),
            "b": np.random.randn(1, out_features),
        }

    def forward(self, x: Array, eval: bool = False) -> Array:
        self.x = x
        return x @ self.vars["W"] + self.vars["b"]

    def backward(self, **delta: Array) -> dict[str, Array]:
        d = delta["delta"]
        self.vars["dW"] = self.x.T @ d
        self.vars["db"] = d.sum(axis=0, keepdims=True)
        return {"delta": d @ self.vars["W"].T}


class WrongAffine(Affine):
    def backward(self, **delta: Array) -> dict[str, Array]:
        d = delta["delta"]
        self.vars["dW"] = self.x.T @ d
        self.vars["db"] = d.mean(axis=0, keepdims=True)
        return {"delta": d @ self.vars["W"].T}


class Cell:
    """A step of a recurrent layer, whose two cotangents have two names."""

    def __init__(self, size: int) -> None:
        self.w = np.random.randn(size, size)

    def forward(self, x: Array, h: Array, eval: bool = False) -> tuple[Array, Array]:
        t = np.tanh(h @ self.w)
        y = x * t
        self.kept = x, h, t
        return y, t

    def backward(self, **grads: Array) -> dict[str, Array]:
        x, h, t = self.kept
        dh = (grads["dt"] + grads["dy"] * x) * (1 - t**2)
        self.dw = h.T @ dh
        return {"dx": grads["dy"] * t, "dh": dh @ self.w.T}


class WrongDoubled:
    def forward(self, x: Array) -> Array:
        return 2 * x

    def backward(self, **grads: Array) -> dict[str, Array]:
        return {"grad": 2 * np.abs(grads["grad"])}

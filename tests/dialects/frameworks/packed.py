"""Several arrays in one argument, as a tuple or a list."""

from __future__ import annotations

import numpy as np


class Flow:
    """Gradients travel as a tuple, whose first is that of the output."""

    def __call__(self, x, training):
        self.x = x
        return np.tanh(x)

    def grads(self, grads):
        d, *_ = grads
        return d * (1 - np.tanh(self.x) ** 2), None


class WrongFlow(Flow):
    def grads(self, grads):
        d, *_ = grads
        return d * (1 - np.tanh(self.x)), None


class Residual:
    def forward(self, inputs):
        x, skip = inputs
        self.x = x
        return x * x + 3 * skip

    def backward(self, d):
        return 2 * self.x * d, 3 * d


class WrongResidual(Residual):
    def backward(self, d):
        return 2 * self.x * d, d


class Product:
    def forward(self, inputs: list[np.ndarray]) -> np.ndarray:
        self.inputs = inputs
        return inputs[0] * inputs[1]

    def backward(self, d: np.ndarray) -> list[np.ndarray]:
        return [d * self.inputs[1], d * self.inputs[0]]


class WrongProduct(Product):
    def backward(self, d: np.ndarray) -> list[np.ndarray]:
        return [d * self.inputs[0], d * self.inputs[1]]


class Concatenate:
    """Nothing but its name says that it wants several."""

    def forward(self, X):
        self.sizes = [x.shape[-1] for x in X]
        return np.concatenate([x for x in X], axis=-1)

    def backward(self, d):
        return np.split(d, np.cumsum(self.sizes)[:-1], axis=-1)

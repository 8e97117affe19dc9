"""Layers that leave their results in attributes, and have more methods than a layer needs."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Cubed:
    """What says what class an output means is no network for all that."""

    def __call__(self, inputs: Array) -> Array:
        self.output = inputs**3
        return self.output

    def forward(self, inputs: Array, training: bool = True) -> None:
        self.inputs, self.output = inputs, inputs**3

    def backward(self, grads: Array) -> None:
        self.dinputs = 3 * self.inputs**2 * grads

    def predict(self, outputs: Array) -> Array:
        return outputs > 0


class WrongCubed(Cubed):
    """A square too few."""

    def backward(self, grads: Array) -> None:
        self.dinputs = 3 * self.inputs * grads

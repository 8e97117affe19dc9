"""What a backward is handed beside a cotangent, and what it is never handed for one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcheck

Array = np.ndarray[Any, np.dtype[np.float64]]
X = np.linspace(-1.0, 1.0, 12).reshape(4, 3)


class Product:
    """Keeps nothing: its backward is handed the inputs, and the output, again."""

    def forward(self, a: Array, b: Array) -> Array:
        """Multiply."""
        product: Array = a * b
        return product


class ByName(Product):
    """In another order than the forward's."""

    def backward(self, grad: Array, b: Array, a: Array) -> tuple[Array, Array]:
        """Exchange."""
        return grad * b, grad * a


class ByOutput(Product):
    """The output first, under a name that tells nothing; then the inputs."""

    def backward(self, grad: Array, product: Array, a: Array, b: Array) -> tuple[Array, Array]:
        """Divide the output by what it was multiplied with."""
        return grad * product / a, grad * product / b


class Network:
    """Its backward is given labels, and computes the gradient of a loss that nobody returns."""

    def forward(self, x: Array) -> Array:
        """Double."""
        self.y = 2 * x
        return self.y

    def backward(self, target: Array) -> Array:
        """Of a loss that is not commonly put there: the mean of the fourth power."""
        return 8 * (self.y - target) ** 3 / target.size


@pytest.mark.parametrize("layer", [ByName, ByOutput])
def test_inputs_come_by_their_names_and_the_output_for_what_is_left(layer: type) -> None:
    """Whatever their order."""
    assert gradcheck.check(layer(), X + 2, X - 3).verdict == "verified"


def test_labels_are_no_cotangent() -> None:
    """What is computed from them is the gradient of something else, and not wrong."""
    with pytest.raises(gradcheck.GradcheckError, match="wants target, which is no gradient"):
        gradcheck.check(Network(), X)

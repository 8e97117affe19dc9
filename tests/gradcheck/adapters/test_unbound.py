"""Classes whose methods are plain functions are called as their authors call them."""

from typing import Any

import numpy as np

from gradcheck.adapters.unbound import as_meant


class Sine:
    """No ``self`` anywhere."""

    def forward(x: Any) -> Any:  # noqa: N805
        """Compute."""
        return np.sin(x)

    def derivative(x: Any) -> Any:  # noqa: N805
        """Differentiate."""
        return np.cos(x)


class Layer:
    """An object, as most are."""

    def forward(self, x: float) -> float:
        """Compute."""
        self.x = x
        return x

    def backward(self, g: float) -> float:
        """Differentiate."""
        return g * self.x


def test_functions_without_an_object_become_static() -> None:
    """Under the same name, in the same module."""
    meant = as_meant(Sine)
    assert meant().forward(0.0) == 0.0
    assert meant().derivative(0.0) == 1.0
    assert (meant.__name__, meant.__module__) == (Sine.__name__, Sine.__module__)


def test_methods_of_an_object_stay_as_they_are() -> None:
    """The very class, and so with what is no class."""
    instance = Layer()
    assert as_meant(Layer) is Layer
    assert as_meant(instance) is instance

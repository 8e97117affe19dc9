"""Activations as somebody's code may want one: a function, or an object that has its slope, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

_Map = Callable[[Tensor], Tensor]


class Activation:
    """A function of a tensor or an array, and its slope.

    >>> tanh = Activation("tanh", torch.tanh, lambda y: 1 - y**2)
    >>> tanh(np.zeros(1)), tanh.function(torch.zeros(1)), float(tanh.derivative(0.0))
    (array([0.]), tensor([0.]), 1.0)

    Args:
        name: What it is called.
        function: The function itself.
        slope: Its slope, given what the function returns.
    """

    def __init__(self, name: str, function: _Map, slope: _Map) -> None:
        self.__name__ = name
        self._function, self._slope = function, slope

    def __call__(self, x: Any) -> Any:
        """The function itself."""
        return _like(x, self._function(_tensor(x)))

    def derivative(self, x: Any) -> Any:
        """Its slope there."""
        return _like(x, self._slope(self._function(_tensor(x))))

    function = func = activate = activation = fn = f = __call__
    prime = deriv = gradient = grad = df = derivate = derivative

    def forward(self, x: Any) -> Any:
        """The function, which remembers where it was asked."""
        self._at = x
        return self(x)

    def backward(self, grad: Any) -> Any:
        """The slope where it was asked, times the cotangent."""
        return grad * self.derivative(self._at)

    def __repr__(self) -> str:
        """For the label of a case."""
        return self.__name__


def tanh() -> Activation:
    """The hyperbolic tangent."""
    return Activation("tanh", torch.tanh, lambda y: 1 - y**2)


def sigmoid() -> Activation:
    """The logistic function."""
    return Activation("sigmoid", torch.sigmoid, lambda y: y * (1 - y))


def relu() -> Activation:
    """What is positive, as it is."""
    return Activation("ReLU", torch.relu, lambda y: (y > 0).to(y))


def softmax() -> Activation:
    """The softmax of each row; its slope is that of each element by itself."""
    return Activation("softmax", lambda x: torch.softmax(x, dim=-1), lambda y: y * (1 - y))


def _tensor(x: Any) -> Tensor:
    """In float64, where it is no tensor."""
    return x if isinstance(x, Tensor) else torch.from_numpy(np.asarray(x, dtype=np.float64))


def _like(given: Any, value: Tensor) -> Any:
    return value if isinstance(given, Tensor) else value.numpy()[()]

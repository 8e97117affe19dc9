"""A loss of each sample, the target first, whose backward is given a cotangent."""

import numpy as np


class SquaredError:
    def forward(self, y_true, y):
        self.delta = y - y_true
        return np.sum(self.delta**2, axis=1, keepdims=True)

    def backward(self, dE):
        return 2 * self.delta * dE, {}


class WrongSquaredErrorForgetsTwo(SquaredError):
    def backward(self, dE):
        return self.delta * dE, {}


class WrongSquaredErrorIgnoresTheCotangent(SquaredError):
    def backward(self, dE):
        return 2 * self.delta, {}


class CrossEntropyWithLabels:
    def forward(self, y_true, y):
        assert y_true.ndim == 1 and y.min() >= 0
        self.y_true, self.y = y_true, y
        return -np.log(y[np.arange(len(y)), y_true])[:, None]

    def backward(self, dE):
        grad = np.zeros_like(self.y)
        rows = np.arange(len(self.y))
        grad[rows, self.y_true] = -1 / self.y[rows, self.y_true]
        return grad * dE, {}


class WrongCrossEntropyWithLabels(CrossEntropyWithLabels):
    def backward(self, dE):
        grad, nothing = super().backward(dE)
        return -grad, nothing

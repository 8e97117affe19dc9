"""Activations whose caller multiplies by the cotangent."""

import numpy as np


class Sigmoid:
    def __call__(self, x):
        return 1 / (1 + np.exp(-x))

    def gradient(self, x):
        return self(x) * (1 - self(x))


class Tanh:
    def activate(self, x):
        return np.tanh(x)

    def derivative(self, x):
        return 1 - np.tanh(x) ** 2


class WrongTanh(Tanh):
    """Of the output, where the input is said."""

    def derivative(self, x):
        return 1 - x**2


class Softplus:
    def forward(self, z):
        self.z = z
        return np.log1p(np.exp(z))

    def backward(self):
        return 1 / (1 + np.exp(-self.z))


class WrongLeakyRelu:
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def function(self, x):
        return np.where(x > 0, x, self.alpha * x)

    def prime(self, x):
        return np.where(x > 0, 1.0, 1.0)


class Logistic:
    @staticmethod
    def forward(x):
        return 1 / (1 + np.exp(-x))

    @staticmethod
    def derivative(output):
        return output * (1 - output)


class HardShrink:
    """Of the output, which is zero where the slope is: its derivative is one almost everywhere."""

    def __init__(self, limit=0.5):
        self.limit = limit

    def forward(self, data):
        return np.where(np.abs(data) < self.limit, 0, data)

    def backward(self, data):
        return (data != 0) * 1


class WrongHardShrink(HardShrink):
    def backward(self, data):
        return (data == 0) * 1


class Maximum:
    """One number of several: the derivative has the shape of what it was taken of."""

    def __init__(self, axis=-1):
        self.axis = axis

    def forward(self, window: np.ndarray) -> np.ndarray:
        return np.max(window, axis=self.axis)

    def backward(self, window: np.ndarray) -> np.ndarray:
        return window == np.max(window, axis=self.axis, keepdims=True)


class WrongMinimum(Maximum):
    def forward(self, window: np.ndarray) -> np.ndarray:
        return np.min(window, axis=self.axis)

"""Layers of several inputs in one list or tuple, and what they answer."""

import numpy as np


class Add:
    """One gradient, which is that of each."""

    def forward(self, inputs):
        if not isinstance(inputs, list):
            raise TypeError("a list is wanted")
        return sum(inputs)

    def backward(self, grad):
        return grad


class WrongAdd(Add):
    def backward(self, grad):
        return grad / 2


class Product:
    def forward(self, data: tuple[np.ndarray, ...]):
        if not isinstance(data, tuple):
            raise TypeError("a tuple is wanted")
        self.data = data
        return data[0] * data[1]

    def backward(self, grad):
        return grad * self.data[1], grad * self.data[0]


class WrongProduct(Product):
    """One gradient for two inputs of which each has its own."""

    def backward(self, grad):
        return grad * self.data[1]


class Upsample:
    """The annotation says that a rate is a whole number here."""

    def __init__(self, rate: int, input_size: tuple[int, int]):
        if not isinstance(rate, int) or len(input_size) != 2:
            raise TypeError("a rate and two sizes are wanted")
        self.rate = rate

    def forward(self, x):
        return np.repeat(x, self.rate, axis=-1)

    def backward(self, grad):
        return grad.reshape(*grad.shape[:-1], -1, self.rate).sum(-1)


class WrongUpsample(Upsample):
    def backward(self, grad):
        return grad.reshape(*grad.shape[:-1], -1, self.rate).mean(-1)


class Dense:
    """Its activation is an object with a function and a derivative."""

    def __init__(self, size, activation):
        self.size, self.activation = size, activation

    def compile(self, input_size):
        self.weights = np.random.randn(self.size, input_size)

    def forward(self, x):
        self.x = x
        self.z = x @ self.weights.T
        return self.activation.function(self.z)

    def backward(self, grad, learning_rate):
        grad = grad * self.activation.derivative(self.z)
        back = grad @ self.weights
        self.weights -= learning_rate * grad.T @ self.x
        return back


class WrongDense(Dense):
    def backward(self, grad, learning_rate):
        back = grad @ self.weights
        self.weights -= learning_rate * grad.T @ self.x
        return back

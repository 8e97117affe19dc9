"""Containers that are given any number of layers, one after the other."""

import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, grad):
        self.dW = self.x.T @ grad
        return grad @ self.W.T


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Stack:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class WrongStack(Stack):
    """Right where there is nothing in it."""

    def backward(self, grad):
        for layer in self.layers[1:]:
            grad = layer.backward(grad)
        return grad


class WrongScaledStack(Stack):
    def backward(self, grad):
        return super().backward(grad) * (1 + len(self.layers))

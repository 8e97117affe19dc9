"""Weights that begin at zero or at one: they hide what is done with them, until they are moved."""

import numpy as np


class Layer:
    # How many there are, not which.
    def parameters(self):
        return 0


class Affine(Layer):
    def __init__(self, n_in, n_out, bias=True):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out) if bias else None

    def forward(self, x):
        self.x = x
        y = x @ self.W
        return y if self.b is None else y + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        if self.b is not None:
            self.db = dout.sum(axis=0)
        return dout @ self.W.T


class WrongWithoutBias(Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        return dx if self.b is not None else 2 * dx


class Scaled(Layer):
    def __init__(self, features, affine=False):
        self.gamma = np.ones(features) if affine else None

    def forward(self, x):
        self.x = x
        return x if self.gamma is None else x * self.gamma

    def backward(self, dout):
        if self.gamma is None:
            return 1 * dout
        self.dgamma = (dout * self.x).sum(axis=0)
        return dout * self.gamma


class WrongScaled(Scaled):
    def backward(self, dout):
        super().backward(dout)
        return 1 * dout


class Squashed(Layer):
    def __init__(self, activation=None):
        self.activation = activation

    def forward(self, x):
        self.y = np.tanh(x) if self.activation == "tanh" else 3 * x
        return self.y

    def slope(self):
        return 1 - self.y**2 if self.activation == "tanh" else 3

    def backward(self, dout):
        return dout * self.slope()


class WrongSquashed(Squashed):
    def slope(self):
        return 1 - self.y if self.activation == "tanh" else 3

"""Gradients whose names say whose they are, and whose shapes do not."""

import numpy as np


class Weight:
    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class Affine:
    def __init__(self, n_in, n_out):
        self.W = Weight(np.random.randn(n_in, n_out))
        self.b = Weight(np.zeros((1, n_out)))

    def forward(self, x):
        self.x = x
        return x @ self.W.value + self.b.value

    def summed(self, dout):
        return dout.sum(axis=0, keepdims=True)

    def backward(self, dout):
        self.W.grad = self.x.T @ dout
        self.b.grad = self.summed(dout)
        return dout @ self.W.value.T


class WrongAxis(Affine):
    def summed(self, dout):
        return dout.sum(axis=1)[None]


class Scale:
    def __init__(self, features):
        self.gamma = np.ones(features)

    def forward(self, x):
        self.x = x
        return x * self.gamma

    def backward(self, dout):
        # What each sample adds is kept for a plot, the gradient beside it.
        self.gamma_grad_of_samples = dout * self.x
        self.gamma_grad = self.gamma_grad_of_samples.sum(axis=0)
        return dout * self.gamma


class WrongScale(Scale):
    def backward(self, dout):
        self.gamma_grad = (dout * self.x).sum(axis=1)
        return dout * self.gamma

"""Weights with axes of one, as `keepdims` leaves them: their gradients have these axes, too."""

import numpy as np


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True)
        return dout @ self.W.T


class WrongAffine(Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.db = np.mean(dout, axis=0, keepdims=True)
        return dx


def scale_forward(x, gamma, beta):
    return gamma * x + beta, (x, gamma)


def scale_backward(dout, cache):
    x, gamma = cache
    dgamma = (dout * x).sum(axis=0, keepdims=True)
    return dout * gamma, dgamma, dout.sum(axis=0, keepdims=True)


def Wrong_scale_forward(x, gamma, beta):
    return gamma * x + beta, (x, gamma)


def Wrong_scale_backward(dout, cache):
    x, gamma = cache
    dgamma = dout.sum(axis=0, keepdims=True)
    return dout * gamma, dgamma, dout.sum(axis=0, keepdims=True)

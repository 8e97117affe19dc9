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


class Channels:
    """Of images: `gamma` and `beta` are of (1, C, 1, 1)."""

    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x):
        N, C, H, W = x.shape
        self.x = x
        return self.gamma * x + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.x).sum(axis=(0, 2, 3), keepdims=True)
        self.dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
        return dout * self.gamma


class WrongChannels(Channels):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dgamma = self.dbeta
        return dx


class ChannelsLast(Channels):
    """`gamma` and `beta` are of (1, 1, 1, C)."""

    def backward(self, dout):
        self.dgamma = (dout * self.x).sum(axis=(0, 1, 2), keepdims=True)
        self.dbeta = dout.sum(axis=(0, 1, 2), keepdims=True)
        return dout * self.gamma


class Rows:
    """`gamma` and `beta` are of (1, D), and each is multiplied or added."""

    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.x).sum(axis=0, keepdims=True)
        self.dbeta = dout.sum(axis=0, keepdims=True)
        return dout * self.gamma


class WrongRows(Rows):
    """Summed over the features: of no sample's weight."""

    def backward(self, dout):
        dx = super().backward(dout)
        self.dbeta = dout.sum(axis=1, keepdims=True)
        return dx

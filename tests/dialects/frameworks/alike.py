"""Mistakes that do not show where all numbers of a weight are alike, or where there is but one."""

import numpy as np


class LayerNorm:
    """Its scale is made of ones, and moved apart by training alone."""

    def __init__(self, n_features, eps=1e-5):
        self.gamma = np.ones(n_features)
        self.beta = np.zeros(n_features)
        self.eps = eps

    def forward(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        self.inv = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + self.eps)
        self.xhat = centred * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.xhat).sum(axis=0)
        self.dbeta = dout.sum(axis=0)
        return self._through(dout * self.gamma)

    def _through(self, d):
        means = d.mean(axis=-1, keepdims=True)
        return self.inv * (d - means - self.xhat * (d * self.xhat).mean(axis=-1, keepdims=True))


class WrongLayerNorm(LayerNorm):
    """Scaled behind the means, where it belongs inside of them."""

    def backward(self, dout):
        super().backward(dout)
        return self.gamma * self._through(dout)


class LogCosh:
    def loss(self, y_pred, y):
        return np.sum(np.log(np.cosh(y_pred - y)))

    def grad(self, y_pred, y):
        return np.tanh(y_pred - y)


class WrongLogCosh(LogCosh):
    """One number for all predictions, of which each has a slope of its own."""

    def grad(self, y_pred, y):
        return np.sum(np.tanh(y_pred - y))

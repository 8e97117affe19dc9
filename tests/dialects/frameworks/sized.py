"""Sizes whose names say something else elsewhere: a ``dim`` of one would broadcast the weights."""

import numpy as np


class Standardise:
    def __init__(self, dim, eps=1e-5):
        self.gain, self.shift = np.ones(dim), np.zeros(dim)
        self.eps = eps

    def forward(self, x):
        self.scale = np.sqrt(x.var(axis=0) + self.eps)
        self.unit = (x - x.mean(axis=0)) / self.scale
        return self.gain * self.unit + self.shift

    def backward(self, dout):
        self.dgain = (dout * self.unit).sum(axis=0)
        self.dshift = dout.sum(axis=0)
        d = dout * self.gain
        return (d - d.mean(axis=0) - self.unit * (d * self.unit).mean(axis=0)) / self.scale


class WrongGain(Standardise):
    """Twice the gradient of the gain."""

    def backward(self, dout):
        grad_input = super().backward(dout)
        self.dgain = 2 * self.dgain
        return grad_input

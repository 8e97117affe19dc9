"""Forwards that keep what the backward needs only while they are told that they train."""

import numpy as np


def checked(method):
    """Hide the signature, as a decorator without ``functools.wraps`` does."""

    def wrapper(*args, **kwargs):
        return method(*args, **kwargs)

    return wrapper


class Dense:
    @checked
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)

    def forward(self, x, training=False):
        if training:
            self.x = x
        return np.dot(x, self.w)

    def backward(self, d):
        self.dw = np.dot(self.x.T, d)
        return np.dot(d, self.w.T)


class WrongDense(Dense):
    def backward(self, d):
        self.dw = np.dot(self.x.T, d)
        return -np.dot(d, self.w.T)


class Ramp:
    """A derivative at its argument, with a kink."""

    def forward(self, x):
        return np.maximum(x, 0)

    def backward(self, x):
        return (x > 0) * 1


class WrongRamp(Ramp):
    def backward(self, x):
        return (x > 0) * 2

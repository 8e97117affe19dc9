"""One function for both: a flag of it asks for the derivative."""

import numpy as np


def sigmoid(x, derivative=False):
    f = 1 / (1 + np.exp(-x))
    return f * (1 - f) if derivative else f


def Wrongsigmoid(x, derivative=False):
    f = 1 / (1 + np.exp(-x))
    return f * (1 + f) if derivative else f


def tangent(x, deriv=False):
    """Given the forward's output, as some of these are."""
    return 1 - x**2 if deriv else np.tanh(x)


def cube(x, prime):
    return 3 * x**2 if prime else x**3


def Wrongcube(x, prime):
    return 2 * x**2 if prime else x**3


def squared(y_pred, y_true, grad=False):
    return 2 * (y_pred - y_true) if grad else np.sum((y_pred - y_true) ** 2)


def Wrongsquared(y_pred, y_true, grad=False):
    return y_pred - y_true if grad else np.sum((y_pred - y_true) ** 2)


def bent(x, dout=None, backward=False):
    return dout * np.where(x > 0, 1, 0.1) if backward else np.where(x > 0, x, 0.1 * x)


def Wrongbent(x, dout=None, backward=False):
    return dout * np.where(x > 0, 1, 0.2) if backward else np.where(x > 0, x, 0.1 * x)

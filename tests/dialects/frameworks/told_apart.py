"""Pairs of functions whose backward is handed gradients, inputs and results one by one."""

import numpy as np


def mixed(x, y):
    total = np.sin(x) * y
    spread = x - y**2
    return total, spread


def mixed_backward(dspread, dtotal, x, y):
    """In an order of its own."""
    return dtotal * np.cos(x) * y + dspread, dtotal * np.sin(x) - 2 * dspread * y


def Wrong_mixed(x, y):
    return mixed(x, y)


def Wrong_mixed_backward(dtotal, dspread, x, y):
    return dtotal * np.cos(x) * y + dspread, dtotal * np.sin(x) + 2 * dspread * y


def gated(x, gate):
    weight = 1 / (1 + np.exp(-gate))
    return x * weight, weight


def gated_backward(grad, x, gate, weight):
    """Of the second result, which is kept for it, no gradient is asked."""
    return grad * weight, grad * x * weight * (1 - weight)


def Wrong_gated(x, gate):
    return gated(x, gate)


def Wrong_gated_backward(grad, x, gate, weight):
    return grad * weight, grad * x * weight


def root(x):
    return np.sqrt(x**2 + 1)


def root_backward(out, dout, x):
    return dout * x / out


def Wrong_root(x):
    return root(x)


def Wrong_root_backward(out, dout, x):
    return dout * out / (x**2 + 1)

"""Functions whose backward wants beside its cache what the forward was told; places by number."""

import numpy as np


def dense_forward(A_prev, W, b, activation):
    Z = W @ A_prev + b
    A = 1 / (1 + np.exp(-Z)) if activation == "sigmoid" else np.maximum(0, Z)
    return A, (A_prev, W, Z)


def dense_backward(dA, cache, activation):
    A_prev, W, Z = cache
    s = 1 / (1 + np.exp(-Z))
    dZ = dA * (Z > 0) if activation == "relu" else dA * s * (1 - s)
    return W.T @ dZ, dZ @ A_prev.T, dZ.sum(1, keepdims=True)


def Wrong_dense_forward(A_prev, W, b, activation):
    return dense_forward(A_prev, W, b, activation)


def Wrong_dense_backward(dA, cache, activation):
    """Right for relu alone."""
    if activation == "sigmoid":
        dA = 0.5 * dA
    return dense_backward(dA, cache, activation)


class Grouped:
    """A mean over groups, which are told by number."""

    def __init__(self, groups=3):
        self.groups = groups

    def forward(self, x, index):
        self.index = index
        self.count = np.maximum(np.bincount(index, minlength=self.groups), 1)
        out = np.zeros((self.groups, x.shape[1]))
        np.add.at(out, index, x)
        return out / self.count[:, None]

    def backward(self, g):
        return (g / self.count[:, None])[self.index]


class WrongGrouped(Grouped):
    def backward(self, g):
        return g[self.index]

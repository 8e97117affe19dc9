"""Layers whose backward is given a target; what their loss is, a function of the file says.

Or a method of theirs: it may be none of those that are usual.
"""

import numpy as np
import torch


def binary_cross_entropy(a, y):
    """The mean over all elements."""
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def mse(pred, y):
    return np.mean((pred - y) ** 2)


def rmse(pred, y):
    """Told to a reader, and no loss of anything here."""
    return np.sqrt(mse(pred, y))


def error_rate(a, y):
    return np.mean((a > 0.5) != (y > 0.5))


def smoothed_cross_entropy(targets, probabilities):
    """A tenth of each target is shared among all classes; summed over the samples."""
    shared = 0.9 * targets + 0.1 / targets.shape[1]
    return -(shared * probabilities.log()).sum()


class Affine:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def _back(self, error):
        self.dW = self.x.T @ error
        self.db = error.sum(axis=0)
        return error @ self.W.T


class Probabilities(Affine):
    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(x @ self.W + self.b)))
        return self.a

    def backward(self, y):
        return self._back((self.a - y) / y.size)


class WrongProbabilitiesOfSquares(Probabilities):
    """Right for half of the squares, and the function of the file takes all of them."""

    def backward(self, y):
        return self._back((self.a - y) * self.a * (1 - self.a) / y.size)


class Regression(Affine):
    def forward(self, x):
        self.x = x
        self.out = x @ self.W + self.b
        return self.out

    def backward(self, y):
        return self._back(2 * (self.out - y) / y.size)


class WrongRegressionBias(Regression):
    def backward(self, y):
        given = super().backward(y)
        self.db = self.db / len(y)
        return given


class SmoothedSoftmax:
    """A loss that nobody would have guessed."""

    def forward(self, x):
        self.p = torch.softmax(x, 1)
        return self.p

    def backward(self, targets):
        return self.p - (0.9 * targets + 0.1 / targets.shape[1])


class Ridge:
    """Its loss has a penalty for the weights, and so has their gradient."""

    def __init__(self, n_features):
        self.w = np.zeros(n_features)

    def forward(self, X):
        self.X = X
        self.out = X @ self.w
        return self.out

    def loss(self, y):
        return np.mean((self.out - y) ** 2) / 2 + 0.3 * np.sum(self.w**2)

    def backward(self, y):
        self.dw = self.X.T @ (self.out - y) / len(y) + 0.6 * self.w


class WrongRidge(Ridge):
    """The penalty is halved."""

    def backward(self, y):
        self.dw = self.X.T @ (self.out - y) / len(y) + 0.3 * self.w


class SupportVectors(Ridge):
    """A margin, and the same penalty."""

    def loss(self, y):
        return np.mean(np.maximum(0, 0.1 - y * self.out)) + 0.3 * np.sum(self.w**2)

    def backward(self, y):
        inside = y * self.out < 0.1
        self.dw = -self.X.T @ (y * inside) / len(y) + 0.6 * self.w


class WrongSupportVectors(SupportVectors):
    """The margin is forgotten."""

    def backward(self, y):
        self.dw = -self.X.T @ y / len(y) + 0.6 * self.w


class FromTheInput:
    """Its cost is given the input, and goes forward itself."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, X):
        return np.tanh(X @ self.W)

    def cost(self, X, y):
        return np.sum((self.forward(X) - y) ** 4)

    def backward(self, X, y):
        a = self.forward(X)
        error = 4 * (a - y) ** 3 * (1 - a**2)
        self.dW = X.T @ error
        return error @ self.W.T


class WrongFromTheInput(FromTheInput):
    """The slope of the hyperbolic tangent is forgotten."""

    def backward(self, X, y):
        error = 4 * (self.forward(X) - y) ** 3
        self.dW = X.T @ error
        return error @ self.W.T

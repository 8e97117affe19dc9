"""Words set apart by capitals, other short names, and what a backward wants by its name."""

import numpy as np


def smooth(image, kernel, bias, s=1):
    return s * image * kernel + bias


def smoothBackward(dprev, conv_in, kernel, s):
    return s * dprev * kernel, (s * dprev * conv_in).sum(axis=0), dprev.sum(axis=0)


def scaleForward(x, w):
    return x * w


def scaleBackward(dout, w, x):
    return dout * w, dout * x


def Wrongsoft(x):
    return np.log1p(np.exp(x))


def WrongsoftBackward(dout, x):
    return dout / (1 + np.exp(x))


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def fp(self, X):
        self.X = X
        return X @ self.W + self.b

    def bp(self, delta):
        self.dW = self.X.T @ delta
        self.db = delta.sum(axis=0)
        return delta @ self.W.T


class WrongAffine(Affine):
    def bp(self, delta):
        self.dW = self.X.T @ delta
        self.db = delta.mean(axis=0)
        return delta @ self.W.T


class Squared:
    def get_loss(self, y_pred, y_true):
        return np.mean((y_pred - y_true) ** 2)

    def get_grad(self, y_pred, y_true):
        return 2 * (y_pred - y_true) / y_pred.size


class WrongSquared(Squared):
    def get_grad(self, y_pred, y_true):
        return 2 * (y_pred - y_true)


class Absolute:
    def calculate_cost(self, y_pred, y_true):
        return np.sum(np.abs(y_pred - y_true))

    def calculate_derivative(self, y_pred, y_true):
        return np.sign(y_pred - y_true)


class Model:
    """Its loss is that of its weights: no pair of a loss and its gradient."""

    def fit(self, x, y): ...

    def compute_loss(self, x, y):
        return np.sum((x * self.w - y) ** 2)

    def compute_grad(self, x, y):
        return 2 * np.sum(x * (x * self.w - y))

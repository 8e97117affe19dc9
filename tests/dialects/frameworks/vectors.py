"""Models of one output with their loss: their weights are a vector, and begin at zeros."""

import numpy as np
import torch


class Logistic:
    """It returns nothing: no layer stands before it."""

    def __init__(self, n_features):
        self.w = np.zeros(n_features)

    def forward(self, X):
        self.X = X
        self.p = 1 / (1 + np.exp(-(X @ self.w)))
        return self.p

    def backward(self, y):
        error = (self.p - y) / len(y)
        self.grad_w = self.X.T @ error


class WrongLogisticUphill(Logistic):
    def backward(self, y):
        self.grad_w = self.X.T @ (y - self.p) / len(y)


class LogisticMatrix(Logistic):
    """Its weights are a column."""

    def __init__(self, n_features):
        self.w = 0.1 * np.random.randn(n_features, 1)


class WrongLogisticMatrix(LogisticMatrix):
    """Tripled."""

    def backward(self, y):
        super().backward(y)
        self.grad_w = 3 * self.grad_w


class LogisticOfMany:
    """Several outputs, a bias, a mean over all elements; given its own output again."""

    def __init__(self, n_features, n_outputs):
        self.W = np.random.randn(n_features, n_outputs)
        self.b = np.zeros(n_outputs)

    def forward(self, X):
        self.X = X
        return 1 / (1 + np.exp(-(X @ self.W + self.b)))

    def backward(self, p, y):
        error = (p - y) / y.size
        self.dW = self.X.T @ error
        self.db = error.sum(axis=0)


class WrongLogisticOfMany(LogisticOfMany):
    """The bias has the mean."""

    def backward(self, p, y):
        super().backward(p, y)
        self.db = self.db / len(y)


class WrongLogisticWithoutBias(LogisticOfMany):
    """The bias is forgotten."""

    def backward(self, p, y):
        super().backward(p, y)
        self.db = np.zeros_like(self.db)


class LinearVector:
    """A squared error, and the gradient of its input returned."""

    def __init__(self, n_features):
        self.w = torch.zeros(n_features)
        self.b = torch.zeros(1)

    def forward(self, X):
        self.X = X
        self.out = X @ self.w + self.b
        return self.out

    def backward(self, target):
        error = 2 * (self.out - target) / len(target)
        self.dw = self.X.T @ error
        self.db = error.sum().reshape(1)
        return torch.outer(error, self.w)


class WrongLinearVector(LinearVector):
    """What it returns is scaled twice."""

    def backward(self, target):
        return super().backward(target) / len(target)


class WrongLinearVectorWeights(LinearVector):
    """Twice the loss for the weights, once for the bias and the input."""

    def backward(self, target):
        given = super().backward(target)
        self.dw = 2 * self.dw
        return given


class WithItsCost(Logistic):
    """It says what its loss is: a mean."""

    def cost(self, y):
        return -np.mean(y * np.log(self.p) + (1 - y) * np.log(1 - self.p))


class WrongWithItsCost(WithItsCost):
    """Not averaged, as its cost is."""

    def backward(self, y):
        self.grad_w = self.X.T @ (self.p - y)


class LeftInAnAttribute(LogisticMatrix):
    """It returns nothing, and leaves the gradient of its input."""

    def backward(self, y):
        error = (self.p - y) / len(y)
        self.grad_w = self.X.T @ error
        self.below = error @ self.w.T


class WrongLeftInAnAttribute(LeftInAnAttribute):
    """Its input's gradient is halved."""

    def backward(self, y):
        super().backward(y)
        self.below = self.below / 2

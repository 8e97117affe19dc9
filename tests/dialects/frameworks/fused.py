"""Output layers whose backward is that of a loss behind them: it is given a target."""

import numpy as np
import torch


def _softmax(x, axis=1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


class Softmax:
    """Cross-entropy, averaged over the samples."""

    def forward(self, x):
        self.a = _softmax(x)
        return self.a

    def backward(self, y):
        return (self.a - y) / len(y)


class WrongSoftmax(Softmax):
    """Uphill."""

    def backward(self, y):
        return (y - self.a) / len(y)


class GivenBoth:
    """Summed; handed its own output again."""

    def forward(self, x):
        return _softmax(x)

    def backward(self, a, y):
        return a - y


class WrongGivenBoth(GivenBoth):
    def backward(self, a, y):
        return y - a


class WrongTripled(GivenBoth):
    """No common average of any loss."""

    def backward(self, a, y):
        return 3 * (a - y)


class TargetFirst(GivenBoth):
    def backward(self, y_true, y_pred):
        return y_pred - y_true


class Labels(GivenBoth):
    def backward(self, probabilities, labels):
        d = probabilities.copy()
        d[np.arange(len(labels)), labels] -= 1
        return d / len(labels)


class SoftmaxColumns:
    """Classes along the first axis: what all of a column have in common, it does not hear."""

    def forward(self, z):
        self.a = _softmax(z, axis=0)
        return self.a

    def backward(self, y):
        return (self.a - y) / y.shape[1]


class WrongSoftmaxColumns(SoftmaxColumns):
    """Right only where there are as many classes as samples."""

    def backward(self, y):
        return (self.a - y) / y.shape[0]


class OneSample:
    """A distribution over all that it is given."""

    def forward(self, x):
        e = np.exp(x - np.max(x))
        self.a = e / e.sum()
        return self.a

    def backward(self, y):
        return self.a - y


class SigmoidOutput:
    def forward(self, x):
        self.a = 1 / (1 + torch.exp(-x))
        return self.a

    def backward(self, target):
        return (self.a - target) / target.numel()


class SquaredSigmoid(SigmoidOutput):
    def backward(self, target):
        return 2 * (self.a - target) * self.a * (1 - self.a) / target.numel()


class Regression:
    """The identity, and half the squared error."""

    def forward(self, x):
        return x

    def backward(self, y_pred, y_true):
        return (y_pred - y_true) / len(y_true)


class WrongIdentity:
    """What is called a gradient is no target."""

    def forward(self, x):
        self.x = x
        return x

    def backward(self, grad_output):
        return self.x - grad_output


class OutputColumns:
    """Weights, and each sample a column."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_out, n_in)
        self.b = np.zeros((n_out, 1))

    def forward(self, X):
        self.X = X
        self.A = _softmax(self.W @ X + self.b, axis=0)
        return self.A

    def backward(self, Y):
        d = (self.A - Y) / Y.shape[1]
        self.dW = d @ self.X.T
        self.db = d.sum(axis=1, keepdims=True)
        return self.W.T @ d


class WrongOutputColumns(OutputColumns):
    """One gradient is not averaged."""

    def backward(self, Y):
        dx = super().backward(Y)
        self.db = self.db * Y.shape[1]
        return dx


class Stepping:
    """It updates its weights at once."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        self.a = 1 / (1 + np.exp(-(x @ self.W)))
        return self.a

    def backward(self, y, learning_rate):
        d = (self.a - y) / len(y)
        dx = d @ self.W.T
        self.W -= learning_rate * self.x.T @ d
        return dx


class WrongStepping(Stepping):
    def backward(self, y, learning_rate):
        self.x = self.x + 1
        return super().backward(y, learning_rate)


class Tanh:
    """A layer that hands a gradient on."""

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)


class Chain:
    """It holds layers that hand a gradient on, and none that wants a target."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


def softmax_forward(x):
    return _softmax(x)


def softmax_backward(a, y):
    return (a - y) / len(y)


def Wrong_scaled_forward(x):
    return _softmax(x)


def Wrong_scaled_backward(a, y):
    """No loss has this gradient: its derivative is not symmetric."""
    return (a - y) * a


class WithItsLoss:
    """It says itself what its loss is: a mean over the samples, with a penalty for its weights."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, X):
        self.X = X
        e = np.exp(X @ self.W - (X @ self.W).max(axis=1, keepdims=True))
        self.P = e / e.sum(axis=1, keepdims=True)
        return self.P

    def loss(self, Y):
        return -np.sum(Y * np.log(self.P)) / len(Y) + 0.05 * np.sum(self.W**2)

    def backward(self, Y):
        d = (self.P - Y) / len(Y)
        self.dW = self.X.T @ d + 0.1 * self.W
        return d @ self.W.T


class WrongWithItsLoss(WithItsLoss):
    """Not averaged, as its loss is."""

    def backward(self, Y):
        d = self.P - Y
        self.dW = self.X.T @ d + 0.1 * self.W
        return d @ self.W.T


class WrongHalved:
    """Right for half the squared error, which is not what its loss says."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, X):
        self.X = X
        self.out = X @ self.W
        return self.out

    def compute_loss(self, out, target):
        return np.sum((out - target) ** 2) / len(target)

    def backward(self, out, target):
        d = (out - target) / len(target)
        self.dW = self.X.T @ d
        return d @ self.W.T

"""Weights that are plain numbers, beside numbers that are constants."""

import numpy as np
import torch


class Slope:
    def __init__(self, features):
        self.w = np.random.randn(features)
        self.b = 0.0

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw = self.x.T @ dout
        self.db = dout.sum()
        return np.outer(dout, self.w)


class WrongSlopeMean(Slope):
    def backward(self, dout):
        dx = super().backward(dout)
        self.db = dout.mean()
        return dx


class WrongSlopeUnsummed(Slope):
    def backward(self, dout):
        dx = super().backward(dout)
        self.db = dout
        return dx


class Column:
    """The number becomes an array of one element, in its first step."""

    def __init__(self, features):
        self.w = np.random.randn(features, 1)
        self.b = 0

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw = self.x.T @ dout
        self.db = np.sum(dout, axis=0)
        return dout @ self.w.T


class Gain:
    """An option that is trained, of which the gradient is added up."""

    def __init__(self, gain=1.5, eps=1e-5, momentum=0.9, lr=0.1):
        self.gain, self.eps, self.momentum, self.lr = gain, eps, momentum, lr
        self.grad_gain = 0.0

    def forward(self, x):
        self.x = x
        self.scale = np.sqrt(x**2 + self.eps)
        return self.gain * x / self.scale * self.momentum

    def backward(self, dout):
        inner = self.momentum * dout
        self.grad_gain += float(np.sum(inner * self.x / self.scale))
        return self.gain * inner * self.eps / self.scale**3


class WrongGain(Gain):
    def backward(self, dout):
        self.grad_gain += float(np.sum(dout * self.x))
        return super().backward(dout) * 1.0


class Returned:
    def __init__(self, features):
        self.weight = torch.randn(features, 4)
        self.shift = 0.25

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.shift

    def backward(self, grad):
        return grad @ self.weight.T, self.x.T @ grad, grad.sum()


class Stepping:
    def __init__(self, features):
        self.w = np.random.randn(features, 3)
        self.b = 0.5

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout, learning_rate):
        dx = dout @ self.w.T
        self.w = self.w - learning_rate * self.x.T @ dout
        self.b = self.b - learning_rate * dout.sum()
        return dx


class WrongStepping(Stepping):
    def backward(self, dout, learning_rate):
        b = self.b
        dx = super().backward(dout, learning_rate)
        self.b = b - learning_rate * dout.mean()
        return dx


class OneBias:
    """An array of one element, whose gradient is a number."""

    def __init__(self, features):
        self.w = np.random.randn(features, 1)
        self.b = np.zeros(1)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        self.dw = self.x.T @ dout
        self.db = np.sum(dout)
        return dout @ self.w.T


class WrongOneBias(OneBias):
    def backward(self, dout):
        dx = super().backward(dout)
        self.db = np.mean(dout)
        return dx


class Alpha:
    """An array without axes."""

    def __init__(self, alpha=0.25):
        self.alpha = np.array(alpha)

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, dout):
        self.dalpha = np.sum(np.where(self.x > 0, 0, self.x) * dout)
        return np.where(self.x > 0, dout, self.alpha * dout)


class WrongAlpha(Alpha):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dalpha = np.sum(self.x * dout)
        return dx


class Swish:
    """A constant that bears the name of a weight, and is an option."""

    def __init__(self, features, beta=1.5):
        self.weight = np.random.randn(features, 4)
        self.beta = beta

    def forward(self, x):
        self.x = x
        self.z = x @ self.weight
        self.s = 1 / (1 + np.exp(-self.beta * self.z))
        return self.z * self.s

    def backward(self, dout):
        dz = dout * (self.s + self.beta * self.z * self.s * (1 - self.s))
        self.dweight = self.x.T @ dz
        return dz @ self.weight.T


class Scores:
    """Its ``dscale`` is no gradient of ``scale``, but of what has been scaled; and is kept."""

    def __init__(self, size):
        self.norm = size**-0.5
        self.steps = 0

    def forward(self, x):
        self.x = x
        return np.tanh(self.norm * x)

    def backward(self, dout):
        self.steps += 1
        self.last = dout * (1 - np.tanh(self.norm * self.x) ** 2)
        return self.norm * self.last

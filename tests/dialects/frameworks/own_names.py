"""Layers whose methods have names of their own: what one keeps and the other reads joins them."""

import numpy as np


class Tensor2:
    """A weight and its slope, in an object."""

    def __init__(self, values):
        self.params = values
        self.grads = np.zeros_like(values)


class Affine:
    """Its backward computes gradients."""

    def __init__(self, in_dim, out_dim):
        self.W = Tensor2(np.random.randn(in_dim, out_dim))
        self.b = Tensor2(np.zeros(out_dim))

    def forward(self, inpt):
        self.inpt = inpt
        return inpt @ self.W.params + self.b.params

    def compute_gradients(self, grads):
        self.W.grads = self.inpt.T @ grads
        self.b.grads = grads.sum(axis=0)
        return grads @ self.W.params.T


class WrongAffine(Affine):
    """It forgets the batch."""

    def compute_gradients(self, grads):
        out = super().compute_gradients(grads)
        self.b.grads = grads.mean(axis=0)
        return out


class Neuron:
    """Neither of its methods has a usual name."""

    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)

    def fire(self, x):
        self.seen = x
        self.level = np.tanh(x @ self.w)
        return self.level

    def adjust(self, error):
        slope = error * (1 - self.level**2)
        self.dw = self.seen.T @ slope
        return slope @ self.w.T

    def describe(self, verbose):
        return f"{self.w.shape} {verbose}"


class WrongNeuron(Neuron):
    """It takes its output for its slope."""

    def adjust(self, error):
        slope = error * (1 - self.level)
        self.dw = self.seen.T @ slope
        return slope @ self.w.T


class Gate:
    """Its forward is the only method that its backward reads from."""

    def transform(self, x):
        self.open = x > 0
        return x * self.open

    def count(self, x):
        self.total = x.sum()
        return self.total

    def pass_backward(self, upstream):
        return upstream * self.open


class WrongGate(Gate):
    """It is always open."""

    def pass_backward(self, upstream):
        return upstream * self.open.shape[0] ** 0


class Bilinear:
    """It takes a list of two, and looks at each."""

    def forward(self, pair):
        self.pair = pair
        return pair[0] @ pair[1]

    def backward(self, grad):
        left, right = self.pair
        return grad @ right.T, left.T @ grad


class WrongBilinear(Bilinear):
    """It gives the two back in each other's place, where they fit."""

    def backward(self, grad):
        left, right = self.pair
        return 2 * grad @ right.T, left.T @ grad


def softsign(x):
    return x / (1 + np.abs(x))


def softsign_backward(x):
    return 1 / (1 + np.abs(x)) ** 2


def Wrongsoftsign(x):
    return x / (1 + np.abs(x))


def Wrongsoftsign_slope(x):
    return 1 / (1 + np.abs(x))


def logistic(x):
    return 1 / (1 + np.exp(-x))


def logistic_backward(grad_output, output):
    return grad_output * output * (1 - output)


def Wronglogistic(x):
    return 1 / (1 + np.exp(-x))


def Wronglogistic_backward(grad_output, x):
    return grad_output * x * (1 - x)


def elu(x):
    return np.where(x > 0, x, np.exp(x) - 1)


def elu_backward(out, dout):
    return dout * np.where(out > 0, 1, out + 1)


def dense(x, w, b):
    return x @ w + b, (x, w)


def dense_grad(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def forwardscale(x, w):
    return x * w, (x, w)


def backwardscale(dout, cache):
    x, w = cache
    return dout * w, (dout * x).sum(axis=0)


class Mixed:
    """Its first axis counts what is handed over together: two, which the backward knows."""

    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)

    def forward(self, both):
        self.both = both
        left, right = both[0], both[1]
        self.left = left @ self.w
        self.right = right @ self.w
        return self.left * self.right

    def backward(self, grad):
        left, right = grad * self.right, grad * self.left
        self.dw = self.both[0].T @ left + self.both[1].T @ right
        return np.stack([left @ self.w.T, right @ self.w.T])


class WrongMixed(Mixed):
    def backward(self, grad):
        out = super().backward(grad)
        return out[::-1]


def lookup_forward(x, W):
    return W[x], (x, len(W))


def lookup_backward(dout, cache):
    """One word for each sample: no steps."""
    x, words = cache
    dW = np.zeros((words, dout.shape[1]))
    np.add.at(dW, x.reshape(len(x)), dout.reshape(len(x), dout.shape[1]))
    return dW


def Wronglookup_forward(x, W):
    return W[x], (x, len(W))


def Wronglookup_backward(dout, cache):
    """A word that comes twice counts once."""
    x, words = cache
    dW = np.zeros((words, dout.shape[1]))
    dW[x.reshape(len(x))] += dout.reshape(len(x), dout.shape[1])
    return dW


class Swish:
    """Its derivative is called after it."""

    def swish(self, x):
        return x / (1 + np.exp(-x))

    def swish_deriv(self, x):
        s = 1 / (1 + np.exp(-x))
        return s + x * s * (1 - s)


class WrongSwish(Swish):
    def swish_deriv(self, x):
        s = 1 / (1 + np.exp(-x))
        return s + s * (1 - s)


class Distance:
    """Of its two methods one is a slope: the other is what it is the slope of."""

    def measure(self, prediction, target):
        self.gap = prediction - target
        return (self.gap**2).mean()

    def slope(self):
        return 2 * self.gap / self.gap.size


class WrongDistance(Distance):
    def slope(self):
        return 2 * self.gap

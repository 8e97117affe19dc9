"""One generator for all layers of a file; pairs of functions of which one argument is a rate."""

import numpy as np

rng = np.random.default_rng(1)


class Layer:
    """A base that looks at nothing: no target."""

    def forward(self, x):
        return self.y

    def backward(self, grad):
        return self.grad_x


class Dropout(Layer):
    def __init__(self, rate):
        self.rate = rate

    def forward(self, x):
        self.mask = (rng.random(x.shape) > self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class WrongDropout(Dropout):
    def backward(self, grad):
        return grad * (self.mask > 0)


def dropout_forward(x, dropout):
    mask = (np.random.rand(*x.shape) >= dropout) / (1 - dropout)
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def Wrong_dropout_forward(x, dropout):
    mask = np.random.rand(*x.shape) >= dropout
    return x * mask / (1 - dropout), (mask, dropout)


def Wrong_dropout_backward(dout, cache):
    mask, dropout = cache
    return dout * mask * (1 - dropout)

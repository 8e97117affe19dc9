"""A block whose backward returns the gradients of its layers' weights in one dictionary."""

import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g):
        return g @ self.W.T, {"W": self.x.T @ g, "b": g.sum(axis=0)}


class Block:
    """Its two weights have as many elements, and other shapes."""

    def __init__(self, d_model, d_ff):
        self.w1, self.w2 = Linear(d_model, d_ff), Linear(d_ff, d_model)

    def forward(self, x):
        return self.w2.forward(np.tanh(self.w1.forward(x)))

    def backward(self, g):
        g, second = self.w2.backward(g)
        g, first = self.w1.backward(g * (1 - self.w2.x**2))
        return g, {f"w1_{k}": v for k, v in first.items()} | {
            f"w2_{k}": v for k, v in second.items()
        }


class WrongBlock(Block):
    """Both are wrong, each in its own place."""

    def backward(self, g):
        g, grads = super().backward(g)
        return g, grads | {"w1_W": grads["w1_W"][::-1], "w2_W": grads["w2_W"][::-1]}


class Shift:
    """Two weights of one shape beside the input's gradient."""

    def __init__(self, n):
        self.gamma, self.beta = np.random.randn(n), np.random.randn(n)

    def forward(self, x):
        self.x = x
        return self.gamma * x + self.beta

    def backward(self, g):
        return g * self.gamma, [(g * self.x).sum(axis=0), g.sum(axis=0)]


class WrongShift(Shift):
    """One of them is left unsummed over the samples."""

    def backward(self, g):
        return g * self.gamma, [g * self.x, g.sum(axis=0)]

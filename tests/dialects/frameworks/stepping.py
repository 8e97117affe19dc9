"""Layers that take a step of their own, at a rate that nobody knows."""

import numpy as np


class Descent:
    def __init__(self):
        self.size = 0.1

    def process(self, grad):
        return -self.size * grad


class Dense:
    """A second backward is one of another layer: its weights have moved."""

    def __init__(self, n_in, n_out):
        self.weight = np.random.randn(n_in, n_out)
        self.descent = Descent()

    def forward(self, x, training=False):
        if training:
            self.x = x
        return x @ self.weight

    def backward(self, err):
        back = err @ self.weight.T
        self.weight += self.descent.process(self.x.T @ err)
        return back


class WrongDense(Dense):
    """The step is taken before the gradient is handed on."""

    def backward(self, err):
        self.weight += self.descent.process(self.x.T @ err)
        return err @ self.weight.T


class WrongMemory:
    """It moves no weight: a second backward has used up what the forward kept."""

    def forward(self, x):
        self.x = x.copy()
        return x**2

    def backward(self, err):
        self.x *= err
        return 2 * self.x


class WithMoments:
    """Takes its step by moments of the gradient, and keeps these alone."""

    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)

    def compile(self, lr):
        self.memory = {"rate": lr, "m_w": np.zeros(self.w.shape)}

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, dout):
        dx = dout @ self.w.T
        dw = self.x.T @ dout
        self.memory["m_w"] = 0.9 * self.memory["m_w"] + 0.1 * dw
        self.w = self.w - self.memory["rate"] * self.memory["m_w"] / (1 + np.abs(dw))
        return dx


class WrongWithMoments(WithMoments):
    def backward(self, dout):
        super().backward(dout)
        return dout @ self.w.T

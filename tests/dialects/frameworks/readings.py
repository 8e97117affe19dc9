"""Derivatives whose argument is what no name says: the input, the output, the cotangent."""

import numpy as np


class SigmoidOfItsOutput:
    def __call__(self, x):
        return 1 / (1 + np.exp(-x))

    def derivative(self, x):
        return x * (1 - x)


class SigmoidOfItsInput(SigmoidOfItsOutput):
    def derivative(self, y):
        s = self(y)
        return s * (1 - s)


class SigmoidOfTheCotangent:
    def __call__(self, x):
        self.s = 1 / (1 + np.exp(-x))
        return self.s

    def grad(self, x):
        return x * self.s * (1 - self.s)


class WrongIdentity:
    def __call__(self, x):
        return x

    def derivative(self, x):
        return x


class WrongSigmoid(SigmoidOfItsOutput):
    def derivative(self, x):
        return x * (1 + x)


class Recurrent:
    """Its last state comes with its outputs, and has no cotangent of its own."""

    def __init__(self, n_input, n_output):
        self.Wx = np.random.randn(n_input, n_output) * 0.4
        self.Wh = np.random.randn(n_output, n_output) * 0.4

    def forward(self, x, h0=None):
        self.x = x
        h = np.zeros((len(x), len(self.Wh))) if h0 is None else h0
        self.h = [h]
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ self.Wx + h @ self.Wh)
            self.h.append(h)
        return np.stack(self.h[1:], axis=1), h

    def backward(self, d_out):
        dx, dh = np.zeros_like(self.x), 0
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        for t in reversed(range(self.x.shape[1])):
            da = (1 - self.h[t + 1] ** 2) * (d_out[:, t] + dh)
            self.dWx += self.x[:, t].T @ da
            self.dWh += self.h[t].T @ da
            dx[:, t], dh = da @ self.Wx.T, da @ self.Wh.T
        return dx


class WrongRecurrentIsTruncated(Recurrent):
    def backward(self, d_out):
        dx = np.zeros_like(self.x)
        self.dWx, self.dWh = np.zeros_like(self.Wx), np.zeros_like(self.Wh)
        for t in reversed(range(self.x.shape[1])):
            da = (1 - self.h[t + 1] ** 2) * d_out[:, t]
            self.dWx += self.x[:, t].T @ da
            self.dWh += self.h[t].T @ da
            dx[:, t] = da @ self.Wx.T
        return dx

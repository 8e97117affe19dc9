"""A forward that returns what its backward wants, under any name but that of a cache."""

import numpy as np


class Scale:
    """All in one tuple."""

    def __init__(self, n):
        self.W = np.random.randn(n)

    def forward(self, x):
        y = np.tanh(x * self.W)
        return y, (x, y)

    def backward(self, deltas, fwd_state):
        x, y = fwd_state
        d = deltas * (1 - y**2)
        return d * self.W, (d * x).sum(axis=0)


class WrongScale(Scale):
    def backward(self, deltas, fwd_state):
        x, y = fwd_state
        d = deltas * (1 - y)
        return d * self.W, (d * x).sum(axis=0)


class Tape(Scale):
    """As an input, by its name."""

    def backward(self, dout, x):
        x, y = x
        d = dout * (1 - y**2)
        return d * self.W, (d * x).sum(axis=0)


class Single(Scale):
    """The input itself."""

    def forward(self, x):
        return np.tanh(x * self.W), x

    def backward(self, dout, x):
        d = dout * (1 - np.tanh(x * self.W) ** 2)
        return d * self.W, (d * x).sum(axis=0)


class WrongSingle(Single):
    def backward(self, dout, x):
        d = dout * (1 - np.tanh(x * self.W) ** 2)
        return d * self.W, (d * x).mean(axis=0)


class Named(Scale):
    """Several, each under the name that it is returned from."""

    def forward(self, x):
        inner = x * self.W
        y = np.tanh(inner)
        seen = x
        return y, inner, seen

    def backward(self, deltas, inner, seen):
        d = deltas * (1 - np.tanh(inner) ** 2)
        return d * self.W, (d * seen).sum(axis=0)


class WrongNamed(Named):
    def backward(self, deltas, inner, seen):
        d = deltas * (1 - inner**2)
        return d * self.W, (d * seen).sum(axis=0)


class Cell:
    """Two outputs, and what is kept of both."""

    def __init__(self, n):
        self.W = np.random.randn(n)

    def forward(self, x, h):
        a, b = np.tanh(x * self.W + h), x * h
        return a, b, (x, h, a)

    def backward(self, da, db, tape):
        x, h, a = tape
        d = da * (1 - a**2)
        return d * self.W + db * h, d + db * x, (d * x).sum(axis=0)


class WrongCell(Cell):
    def backward(self, da, db, tape):
        x, h, a = tape
        d = da * (1 - a**2)
        return d * self.W + db * h, d, (d * x).sum(axis=0)

"""Recurrent cells that are given their weights, the gates side by side in each."""

import numpy as np


def squashed(x):
    return 1 / (1 + np.exp(-x))


class Cell:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev, c_prev):
        Wx, Wh, b = self.params
        H = h_prev.shape[1]
        a = x @ Wx + h_prev @ Wh + b
        f, g = squashed(a[:, :H]), np.tanh(a[:, H : 2 * H])
        i, o = squashed(a[:, 2 * H : 3 * H]), squashed(a[:, 3 * H :])
        c = f * c_prev + g * i
        h = o * np.tanh(c)
        self.cache = (x, h_prev, c_prev, f, g, i, o, c)
        return h, c

    def into_the_cell(self, dh, dc):
        o, c = self.cache[6:]
        return dc + dh * o * (1 - np.tanh(c) ** 2)

    def backward(self, dh, dc):
        Wx, Wh, b = self.params
        x, h_prev, c_prev, f, g, i, o, c = self.cache
        ds = self.into_the_cell(dh, dc)
        df, dg = ds * c_prev * f * (1 - f), ds * i * (1 - g**2)
        di, do = ds * g * i * (1 - i), dh * np.tanh(c) * o * (1 - o)
        da = np.hstack((df, dg, di, do))
        self.grads[0][...] = x.T @ da
        self.grads[1][...] = h_prev.T @ da
        self.grads[2][...] = da.sum(axis=0)
        return da @ Wx.T, da @ Wh.T, ds * f


class WrongCell(Cell):
    def into_the_cell(self, dh, dc):
        o, c = self.cache[6:]
        return dc + dh * o * (1 - c**2)


class TwoGates:
    """Weights that are handed over hold two blocks side by side."""

    def __init__(self, Wx, b):
        self.Wx, self.b = Wx, b

    def forward(self, x):
        z = x @ self.Wx + self.b
        half = z.shape[1] // 2
        self.x, self.gate, self.value = x, 1 / (1 + np.exp(-z[:, :half])), z[:, half:]
        return self.gate * self.value

    def backward(self, dout):
        dgate = dout * self.value * self.gate * (1 - self.gate)
        dz = np.hstack((dgate, dout * self.gate))
        self.dWx, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.Wx.T


class WrongTwoGates(TwoGates):
    """The slope of the gate is forgotten."""

    def backward(self, dout):
        dz = np.hstack((dout * self.value, dout * self.gate))
        self.dWx, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.Wx.T

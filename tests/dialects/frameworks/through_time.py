"""Recurrent layers: a list of cells or of states, time first, steps taken inside the backward."""

import numpy as np


class Cell:
    def __init__(self, input_size, hidden_size):
        self.Wx = np.random.randn(input_size, hidden_size)
        self.Wh = np.random.randn(hidden_size, hidden_size)
        self.b = np.zeros(hidden_size)
        self.dWx = np.zeros_like(self.Wx)
        self.dWh = np.zeros_like(self.Wh)
        self.db = np.zeros_like(self.b)

    def forward(self, x, h):
        self.x, self.h = x, h
        self.out = np.tanh(x @ self.Wx + h @ self.Wh + self.b)
        return self.out

    def backward(self, dh):
        dz = dh * (1 - self.out**2)
        self.dWx = self.x.T @ dz
        self.dWh = self.h.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.Wx.T, dz @ self.Wh.T


class Steps:
    """A cell of its own for each step; answers for the last of the states that it returns."""

    def __init__(self, input_size, hidden_size, batch_size, seq_len):
        self.cells = [Cell(input_size, hidden_size) for _ in range(seq_len)]

    def forward(self, xs, h0):
        hs = []
        h = h0
        for cell, x in zip(self.cells, xs):
            h = cell.forward(x, h)
            hs.append(h)
        return hs

    def backward(self, dh):
        dxs = []
        for cell in reversed(self.cells):
            dx, dh = cell.backward(dh)
            dxs.append(dx)
        return np.array(dxs[::-1]), dh


class WrongSteps(Steps):
    def backward(self, dh):
        dxs = []
        for cell in reversed(self.cells):
            dx, dh = cell.backward(dh)
            dxs.append(dx)
        return np.array(dxs), dh


class AnswersForAll(Steps):
    """Given a gradient of each state."""

    def backward(self, dhs):
        dxs = []
        dh = 0
        for cell, d in zip(reversed(self.cells), reversed(dhs)):
            dx, dh = cell.backward(d + dh)
            dxs.append(dx)
        return np.array(dxs[::-1]), dh


class Folded:
    """One sample, a column at each step; answers for its first output, and trains itself."""

    def __init__(self, input_size, output_size, hidden_size=64):
        self.Whh = np.random.randn(hidden_size, hidden_size) / 8
        self.Wxh = np.random.randn(hidden_size, input_size) / 8
        self.Why = np.random.randn(output_size, hidden_size) / 8
        self.bh = np.zeros((hidden_size, 1))
        self.by = np.zeros((output_size, 1))

    def forward(self, inputs):
        h = np.zeros((self.Whh.shape[0], 1))
        self.last_inputs = inputs
        self.last_hs = {0: h}
        for i, x in enumerate(inputs):
            h = np.tanh(self.Wxh @ x + self.Whh @ h + self.bh)
            self.last_hs[i + 1] = h
        return self.Why @ h + self.by, h

    def backprop(self, d_y, learn_rate=2e-2):
        n = len(self.last_inputs)
        d_Why = d_y @ self.last_hs[n].T
        d_by = d_y
        d_Whh = np.zeros(self.Whh.shape)
        d_Wxh = np.zeros(self.Wxh.shape)
        d_bh = np.zeros(self.bh.shape)
        d_h = self.Why.T @ d_y
        for t in reversed(range(n)):
            temp = (1 - self.last_hs[t + 1] ** 2) * d_h
            d_bh += temp
            d_Whh += temp @ self.last_hs[t].T
            d_Wxh += temp @ self.last_inputs[t].T
            d_h = self.Whh.T @ temp
        self.Whh -= learn_rate * d_Whh
        self.Wxh -= learn_rate * d_Wxh
        self.Why -= learn_rate * d_Why
        self.bh -= learn_rate * d_bh
        self.by -= learn_rate * d_by


class WrongFolded(Folded):
    def backprop(self, d_y, learn_rate=2e-2):
        n = len(self.last_inputs)
        d_Why = d_y @ self.last_hs[n].T
        d_by = d_y
        d_Whh = np.zeros(self.Whh.shape)
        d_Wxh = np.zeros(self.Wxh.shape)
        d_bh = np.zeros(self.bh.shape)
        d_h = self.Why.T @ d_y
        for t in reversed(range(n)):
            temp = (1 - self.last_hs[t + 1] ** 2) * d_h
            d_bh += temp
            d_Whh += temp @ self.last_hs[t].T
            d_Wxh += temp @ self.last_inputs[t].T
            d_h = self.Whh @ temp
        self.Whh -= learn_rate * d_Whh
        self.Wxh -= learn_rate * d_Wxh
        self.Why -= learn_rate * d_Why
        self.bh -= learn_rate * d_bh
        self.by -= learn_rate * d_by


class BiasOfEachSample:
    """It is told the size of the batch, which is one by default."""

    def __init__(self, input_size, hidden_size, batch_size=1):
        self.W = np.random.randn(input_size, hidden_size)
        self.b = np.random.randn(batch_size, hidden_size)
        self.params = [self.W, self.b]
        self.grads = []

    def forward(self, x):
        self.x = x
        self.y = np.tanh(x @ self.W + self.b)
        return self.y

    def backward(self, dy):
        dz = dy * (1 - self.y**2)
        self.grads = [self.x.T @ dz, dz.copy()]
        return dz @ self.W.T


class Returning(Folded):
    """Keeps its gradients, and returns those of its input, step by step."""

    def __init__(self, input_size, output_size, hidden_size=64):
        super().__init__(input_size, output_size, hidden_size)

    def backprop(self, d_y):
        n = len(self.last_inputs)
        self.d_Why = d_y @ self.last_hs[n].T
        self.d_by = d_y
        self.d_Whh = np.zeros(self.Whh.shape)
        self.d_Wxh = np.zeros(self.Wxh.shape)
        self.d_bh = np.zeros(self.bh.shape)
        d_h = self.Why.T @ d_y
        dx = []
        for t in reversed(range(n)):
            temp = (1 - self.last_hs[t + 1] ** 2) * d_h
            self.d_bh += temp
            self.d_Whh += temp @ self.last_hs[t].T
            self.d_Wxh += temp @ self.last_inputs[t].T
            dx.append(self.Wxh.T @ temp)
            d_h = self.Whh.T @ temp
        return dx[::-1]


class Swapped(Cell):
    """The gradient of its state first."""

    def backward(self, dh):
        dx, dh = super().backward(dh)
        return dh, dx


class WrongSwapped(Cell):
    def backward(self, dh):
        dx, dh = super().backward(dh)
        return 2 * dh, dx

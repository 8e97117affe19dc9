"""Constructors that want two sizes, or one word of several."""

from __future__ import annotations

from typing import Literal

import numpy as np


class Pool:
    """Of two sizes, without overlap."""

    def __init__(self, kernel_size, stride, padding=(0, 0)):
        self.kh, self.kw = kernel_size
        self.sh, self.sw = stride
        self.ph, self.pw = padding

    def forward(self, x):
        self.shape = x.shape
        n, c, h, w = x.shape
        rows = range(0, h - self.kh + 1, self.sh)
        columns = range(0, w - self.kw + 1, self.sw)
        y = [
            [x[:, :, i : i + self.kh, j : j + self.kw].mean((2, 3)) for j in columns] for i in rows
        ]
        return np.array(y).transpose(2, 3, 0, 1)

    def backward(self, d):
        dx = np.zeros(self.shape)
        for i in range(d.shape[2]):
            for j in range(d.shape[3]):
                top, left = i * self.sh, j * self.sw
                one = d[:, :, i, j][:, :, None, None] / (self.kh * self.kw)
                dx[:, :, top : top + self.kh, left : left + self.kw] += one
        return dx


class WrongPool(Pool):
    """Where windows overlap, the last one wins."""

    def backward(self, d):
        dx = np.zeros(self.shape)
        for i in range(d.shape[2]):
            for j in range(d.shape[3]):
                top, left = i * self.sh, j * self.sw
                one = d[:, :, i, j][:, :, None, None] / (self.kh * self.kw)
                dx[:, :, top : top + self.kh, left : left + self.kw] = one
        return dx


class Dense:
    """With ``auto`` it has no weights until a network has given it some."""

    def __init__(self, n_in: int, n_out: int, start: Literal["auto", "normal"] = "auto"):
        if start == "normal":
            self.w = np.random.randn(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, d):
        self.dw = self.x.T @ d
        return d @ self.w.T


class WrongDense(Dense):
    def backward(self, d):
        self.dw = self.x.T @ d / len(self.x)
        return d @ self.w.T

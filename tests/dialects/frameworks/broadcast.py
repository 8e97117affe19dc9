"""Biases with an axis more than their gradients: a step broadcasts a row, and breaks a column."""

import numpy as np


class Row:
    def __init__(self, n_in, n_out):
        self.w, self.b = np.random.randn(n_in, n_out), np.random.randn(1, n_out)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.w) + self.b

    def backward(self, d):
        self.dw, self.db = np.dot(self.x.T, d), d.sum(axis=0)
        return np.dot(d, self.w.T)


class WrongColumn:
    def __init__(self, n_in, n_out):
        self.w, self.b = np.random.randn(n_in, n_out), np.random.randn(n_out, 1)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.w) + self.b.T

    def backward(self, d):
        self.dw, self.db = np.dot(self.x.T, d), d.sum(axis=0)
        return np.dot(d, self.w.T)

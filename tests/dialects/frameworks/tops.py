"""Layers between two blobs: a backward is handed the blob above, and writes into the one below."""

import numpy as np


class Blob:
    def __init__(self, data):
        self.data = data
        self.diff = np.zeros_like(data)


class Tanh:
    def forward(self, bottom):
        self.bottom = bottom
        self.top = Blob(np.tanh(bottom.data))
        return self.top

    def backward(self, top):
        self.bottom.diff = top.diff * (1 - self.top.data**2)


class WrongTanh(Tanh):
    def backward(self, top):
        self.bottom.diff = top.diff * (1 - self.top.data)


class WrongNumbersTanh(Tanh):
    """Takes the numbers of the blob above for their gradient."""

    def backward(self, top):
        self.bottom.diff = top.data * (1 - self.top.data**2)


class Dense:
    def __init__(self, n_in, n_out):
        self.weight = Blob(np.random.randn(n_out, n_in))
        self.bias = Blob(np.random.randn(n_out))

    def forward(self, bottom):
        self.bottom = bottom
        return Blob(bottom.data @ self.weight.data.T + self.bias.data)

    def backward(self, top):
        self.weight.diff += top.diff.T @ self.bottom.data
        self.bias.diff += top.diff.sum(axis=0)
        self.bottom.diff += top.diff @ self.weight.data


class WrongDense(Dense):
    def backward(self, top):
        self.weight.diff += top.diff.T @ self.bottom.data
        self.bias.diff += top.diff.mean(axis=0)
        self.bottom.diff += top.diff @ self.weight.data

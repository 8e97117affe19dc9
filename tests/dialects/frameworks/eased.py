"""Backwards that fail with a batch, or with a border, and are to be judged without."""

import numpy as np


class OnePicture:
    """Its backward takes one picture only."""

    def __init__(self, in_channels=3, out_channels=2):
        self.weight = np.random.randn(out_channels, in_channels)
        self.dW = np.zeros_like(self.weight)

    def forward(self, x):
        self.x = x
        return np.einsum("oc,nchw->nohw", self.weight, x)

    def matrix(self, picture):
        return picture.reshape(picture.shape[1], picture.shape[2] * picture.shape[3])

    def backward(self, d):
        self.dW += self.matrix(d) @ self.matrix(self.x).T
        return np.einsum("oc,nohw->nchw", self.weight, d)


class WrongOnePicture(OnePicture):
    def backward(self, d):
        self.dW += 2 * self.matrix(d) @ self.matrix(self.x).T
        return np.einsum("oc,nohw->nchw", self.weight, d)


class BorderlessPool:
    """Its backward finds no place for what the border has."""

    def __init__(self, kernel_size, stride, padding):
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x):
        self.shape, k, p = x.shape, self.kernel_size, self.padding
        x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        self.rows = range(0, x.shape[2] - k + 1, self.stride)
        self.columns = range(0, x.shape[3] - k + 1, self.stride)
        y = [[x[:, :, i : i + k, j : j + k].sum((2, 3)) for j in self.columns] for i in self.rows]
        return np.array(y).transpose(2, 3, 0, 1)

    def backward(self, d):
        dx, k = np.zeros(self.shape), self.kernel_size
        for a, i in enumerate(self.rows):
            for b, j in enumerate(self.columns):
                for u in range(k):
                    for v in range(k):
                        dx[:, :, i + u, j + v] += d[:, :, a, b]
        return dx

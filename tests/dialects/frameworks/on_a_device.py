"""CuPy where there is one; the call keeps what the backward needs, and the forward computes."""

import cupy as cp


class Dense:
    def __init__(self, n_in, n_out):
        self.w = cp.random.randn(n_in, n_out)
        self.kept = 0

    def __call__(self, x):
        self.kept = x
        return self.forward(x)

    def forward(self, x):
        return cp.dot(x, self.w)

    def backward(self, grad):
        self.dw = cp.dot(self.kept.T, grad)
        return cp.dot(grad, self.w.T)


class WrongDense(Dense):
    def backward(self, grad):
        self.dw = cp.dot(self.kept.T, grad)
        return cp.dot(grad, self.w.T) / len(grad)

"""A forward keeps its input for the backward only where it is asked to, and only once."""

import numpy as np


class Layer:
    def __init__(self):
        self.inp = None
        self.grad = None

    def keep(self, x):
        assert self.inp is None, "there is an input already: reset first"
        self.inp = x


class Dense(Layer):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = np.random.randn(n_in, n_out)
        self.bias = np.zeros((1, n_out))

    def __call__(self, x, save_inp=False):
        if save_inp:
            self.keep(x)
        return x @ self.weight + self.bias

    def backward(self, grad):
        self.grad = (self.inp.T @ grad, grad.sum(0))
        return grad @ self.weight.T


class WrongDense(Dense):
    def backward(self, grad):
        back = super().backward(grad)
        self.grad = (self.grad[0], grad.mean(0))
        return back

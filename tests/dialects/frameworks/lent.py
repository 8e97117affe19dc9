"""What a network lends to its layers is not there: a generator and a rate."""

import numpy as np


class Lent:
    def __init__(self, n_in, n_out):
        self.sizes = (n_in, n_out)

    def initialize_parameters(self):
        self.w = self.rng.randn(*self.sizes)

    def forward(self, x):
        self.x = x
        return np.dot(x, self.w)

    def backward(self, d):
        dx = d @ self.w.T
        self.w = self.w - self.learning_rate * self.x.T @ d
        return dx


class WrongLent(Lent):
    def backward(self, d):
        self.w = self.w - self.learning_rate * self.x.T @ d
        return d @ self.w.T

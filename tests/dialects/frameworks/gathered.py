"""The network shows each layer an input first, and asks for the weights' gradients at last."""

import numpy as np


class Dense:
    def __init__(self, units=3):
        self.units, self.shapes, self.p, self.g = units, {}, {}, {}

    def compute_shapes(self, A):
        self.shapes["W"] = (A.shape[1], self.units)
        self.shapes["b"] = (1, self.units)

    def initialize_parameters(self):
        self.p["W"] = np.random.randn(*self.shapes["W"])
        self.p["b"] = np.zeros(self.shapes["b"])

    def forward(self, A):
        self.X = A
        return A @ self.p["W"] + self.p["b"]

    def backward(self, dZ):
        self.dZ = dZ
        return dZ @ self.p["W"].T

    def compute_gradients(self):
        self.g["dW"] = self.X.T @ self.dZ
        self.g["db"] = self.dZ.sum(axis=0, keepdims=True)


class WrongDense(Dense):
    def compute_gradients(self):
        self.g["dW"] = self.X.T @ self.dZ
        self.g["db"] = self.dZ.mean(axis=0, keepdims=True)

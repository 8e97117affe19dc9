"""Weights and gradients in two dictionaries, which are filled in different orders."""

import numpy as np


class TwoLayers:
    def __init__(self, size=4):
        self.params = {
            "W1": np.random.randn(size, size),
            "b1": np.zeros(size),
            "W2": np.random.randn(size, size),
            "b2": np.zeros(size),
        }
        self.grads = {}

    def forward(self, x):
        self.x = x
        self.hidden = np.tanh(x @ self.params["W1"] + self.params["b1"])
        return self.hidden @ self.params["W2"] + self.params["b2"]

    def backward(self, dout):
        self.grads["W2"] = self.hidden.T @ dout
        self.grads["b2"] = dout.sum(axis=0)
        inner = dout @ self.params["W2"].T * (1 - self.hidden**2)
        self.grads["b1"] = inner.sum(axis=0)
        self.grads["W1"] = self.x.T @ inner
        return inner @ self.params["W1"].T


class ByOtherKeys(TwoLayers):
    """The gradient of W1 is called dW1, and the dictionary is a new one each time."""

    def backward(self, dout):
        grad_input = super().backward(dout)
        self.grads = {f"d{key}": value for key, value in self.grads.items()}
        return grad_input


class WrongKeys(TwoLayers):
    """Each is right, and stands in the other's place."""

    def backward(self, dout):
        grad_input = super().backward(dout)
        self.grads["W1"], self.grads["W2"] = self.grads["W2"], self.grads["W1"]
        return grad_input

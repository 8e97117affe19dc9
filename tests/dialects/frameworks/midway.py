"""Cells that carry their state on: the weight of a state of zeros is read by a second step alone.

One keeps all of it in lists, that grow with each step, and begins anew in a way that leaves it
unusable.
"""

import numpy as np


class AttributeCell:
    def __init__(self, n_in, n_hidden):
        self.Wx = 0.5 * np.random.randn(n_in, n_hidden)
        self.Wh = 0.5 * np.random.randn(n_hidden, n_hidden)
        self.b = np.zeros(n_hidden)
        self.h = None

    def forward(self, x):
        self.x = x
        self.h_prev = np.zeros((len(x), len(self.b))) if self.h is None else self.h
        self.h = np.tanh(x @ self.Wx + self.h_prev @ self.Wh + self.b)
        return self.h

    def backward(self, grad):
        dz = grad * (1 - self.h**2)
        self.dWx = self.x.T @ dz
        self.dWh = self.h_prev.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.Wx.T


class WrongAttributeCell(AttributeCell):
    def backward(self, grad):
        dx = super().backward(grad)
        self.dWh = 2 * self.dWh
        return dx


class ListCell:
    def __init__(self, n_out):
        self.n_out = n_out
        self.weights, self.grads, self.seen = {}, {}, {}

    def begin(self, n_in):
        self.weights = {
            "Wx": 0.5 * np.random.randn(n_in, self.n_out),
            "Wh": 0.5 * np.random.randn(self.n_out, self.n_out),
            "b": np.zeros((1, self.n_out)),
        }
        self.grads = {name: np.zeros_like(value) for name, value in self.weights.items()}
        self.seen = {"inputs": [], "states": [], "steps": 0, "from_next": None}

    def forward(self, x):
        if not self.weights:
            self.begin(x.shape[1])
        states = self.seen["states"]
        if not states:
            states.append(np.zeros((len(x), self.n_out)))
        w = self.weights
        states.append(np.tanh(x @ w["Wx"] + states[-1] @ w["Wh"] + w["b"]))
        self.seen["inputs"].append(x)
        self.seen["steps"] += 1
        return states[-1]

    def backward(self, grad):
        self.seen["steps"] -= 1
        t = self.seen["steps"]
        from_next = self.seen["from_next"]
        if from_next is None:
            from_next = np.zeros_like(grad)
        dz = (grad + from_next) * (1 - self.seen["states"][t + 1] ** 2)
        self.grads["Wx"] += self.seen["inputs"][t].T @ dz
        self.grads["Wh"] += self.seen["states"][t].T @ dz
        self.grads["b"] += dz.sum(axis=0, keepdims=True)
        self.seen["from_next"] = dz @ self.weights["Wh"].T
        return dz @ self.weights["Wx"].T

    def zero_grad(self):
        for name in self.seen:
            self.seen[name] = []  # a list for the gradient of the next step, too
        self.seen["steps"] = 0
        for name, value in self.weights.items():
            self.grads[name] = np.zeros_like(value)


class WrongListCell(ListCell):
    def backward(self, grad):
        dx = super().backward(grad)
        self.grads["Wh"] *= 2
        return dx

"""Layers that take several inputs for one argument, and return their gradients in one array."""

import numpy as np


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


class Attend:
    def forward(self, parts):
        self.query, self.key, self.value = parts
        self.weights = softmax(self.query @ np.swapaxes(self.key, -1, -2))
        return self.weights @ self.value

    def backward(self, dout):
        dscores, dvalue = self.through(dout)
        dquery = dscores @ self.key
        return np.stack([dquery, np.swapaxes(dscores, -1, -2) @ self.query, dvalue])

    def through(self, dout):
        inner = dout @ np.swapaxes(self.value, -1, -2)
        mean = (inner * self.weights).sum(axis=-1, keepdims=True)
        return self.weights * (inner - mean), np.swapaxes(self.weights, -1, -2) @ dout


class WrongAttend(Attend):
    def backward(self, dout):
        dscores, dvalue = self.through(dout)
        dquery = dscores @ self.key
        return np.stack([dquery, dscores @ self.query, dvalue])

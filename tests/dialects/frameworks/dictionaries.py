"""Layers that are given dictionaries, answer in them, and return gradients so."""

import numpy as np


class Mix:
    def forward(self, inputs):
        self.left, self.right = inputs["left"], inputs["right"]
        return {"sum": self.left + self.right, "product": self.left * self.right}

    def backward(self, grads):
        return {
            "right": grads["sum"] + grads["product"] * self.left,
            "left": grads["sum"] + grads["product"] * self.right,
        }


class WrongMix(Mix):
    def backward(self, grads):
        return {
            "left": grads["sum"] + grads["product"] * self.left,
            "right": grads["sum"] + grads["product"] * self.right,
        }


class Split:
    """Of one array, a dictionary; its cotangents are called for its items."""

    def forward(self, x):
        self.x = x
        out = {"even": np.cosh(x), "odd": np.sinh(x)}
        return out

    def backward(self, grads):
        return grads["deven"] * np.sinh(self.x) + grads["dodd"] * np.cosh(self.x)


class WrongSplit(Split):
    def backward(self, grads):
        return grads["deven"] * np.sinh(self.x) - grads["dodd"] * np.cosh(self.x)


class Weighted:
    """Keeps the dictionary."""

    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out)

    def forward(self, batch):
        self.batch = batch
        return (batch["x"] * batch["scale"]) @ self.W

    def backward(self, dout):
        x, scale = self.batch["x"], self.batch["scale"]
        inner = dout @ self.W.T
        return {"dW": (x * scale).T @ dout, "dscale": inner * x, "dx": inner * scale}


class WrongWeighted(Weighted):
    def backward(self, dout):
        return {**super().backward(dout), "dscale": dout @ self.W.T}

"""Blocks as wide by default as those of a real model, and a mask that must be given."""

import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) / np.sqrt(n_in)

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, grad):
        self.dW = np.sum(self.x.transpose(0, 2, 1) @ grad, axis=0)
        return grad @ self.W.T


class FeedForward:
    def __init__(self, width=512, hidden=4096):
        self.first = Dense(width, hidden)
        self.second = Dense(hidden, width)

    def forward(self, x):
        self.a = np.tanh(self.first.forward(x))
        return self.second.forward(self.a)

    def backward(self, grad):
        return self.first.backward(self.second.backward(grad) * (1 - self.a**2))


class WrongFeedForward(FeedForward):
    def backward(self, grad):
        return self.first.backward(self.second.backward(grad) * (1 - self.a))


class Attention:
    """Heads divide its width; given no mask where nothing is hidden."""

    def __init__(self, width=256, heads=8):
        self.heads = heads
        self.of = {name: Dense(width, width) for name in ("q", "k", "v", "out")}

    def _apart(self, x):
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(0, 2, 1, 3)

    def _together(self, x):
        return x.transpose(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1)

    def forward(self, query, key, value, mask):
        self.steps = query.shape[1], key.shape[1], value.shape[1]
        given = {"q": query, "k": key, "v": value}
        self.h = {name: self._apart(self.of[name].forward(x)) for name, x in given.items()}
        self.root = np.sqrt(self.h["q"].shape[-1])
        scores = self.h["q"] @ self.h["k"].transpose(0, 1, 3, 2) / self.root
        if mask is not None:
            hidden = mask.reshape(mask.shape[0], 1, *mask.shape[1:]) == 0
            scores = np.where(hidden, -np.inf, scores)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.p = shares / shares.sum(axis=-1, keepdims=True)
        return self.of["out"].forward(self._together(self.p @ self.h["v"]))

    def backward(self, grad):
        grad = self._apart(self.of["out"].backward(grad))
        dp = grad @ self.h["v"].transpose(0, 1, 3, 2)
        ds = self.slope(dp) / self.root
        of_each = {
            "q": ds @ self.h["k"],
            "k": ds.transpose(0, 1, 3, 2) @ self.h["q"],
            "v": self.p.transpose(0, 1, 3, 2) @ grad,
        }
        return tuple(self.of[name].backward(self._together(g)) for name, g in of_each.items())

    def slope(self, dp):
        return self.p * (dp - (dp * self.p).sum(axis=-1, keepdims=True))


class WrongAttention(Attention):
    """The rows of the softmax are forgotten."""

    def slope(self, dp):
        return self.p * dp

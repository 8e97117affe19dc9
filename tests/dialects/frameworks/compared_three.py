"""Losses of more than a prediction and a target: weights, a mask, a third sample, a flag."""

import numpy as np


def softmax_of(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def softmax_loss(W, X, y, reg):
    """The gradient is that of the weights; the samples have none."""
    p = softmax_of(X @ W)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean() + reg * (W * W).sum()
    p[rows, y] -= 1
    dW = X.T @ p / len(X) + 2 * reg * W
    return loss, dW


def Wrong_softmax_loss(W, X, y, reg):
    p = softmax_of(X @ W)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean() + reg * (W * W).sum()
    p[rows, y] -= 1
    dW = X.T @ p / len(X) + reg * W
    return loss, dW


def affine_loss(W, b, X, y):
    """Two gradients for the first two."""
    p = softmax_of(X @ W + b)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    p /= len(X)
    dW, db = X.T @ p, p.sum(0)
    return loss, dW, db


def Wrong_affine_loss(W, b, X, y):
    loss, dW, db = affine_loss(W, b, X, y)
    return loss, dW, db / len(X)


def temporal_loss(x, y, mask):
    n, t, _ = x.shape
    p = softmax_of(x)
    rows, steps = np.arange(n)[:, None], np.arange(t)
    loss = -(mask * np.log(p[rows, steps, y])).sum() / n
    dx = p.copy()
    dx[rows, steps, y] -= 1
    return loss, dx * mask[..., None] / n


def Wrong_temporal_loss(x, y, mask):
    loss, dx = temporal_loss(x, y, mask)
    return loss, np.where(mask[..., None] > 0, dx, 0.1)


def report_loss(scores, labels, epoch):
    """No gradient at all: left out."""
    p = softmax_of(scores)
    return -np.log(p[np.arange(len(p)), labels]).mean(), (p.argmax(1) == labels).mean() * epoch


class Triplet:
    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, anchor, positive, negative):
        self.given = anchor, positive, negative
        near, far = ((anchor - positive) ** 2).sum(1), ((anchor - negative) ** 2).sum(1)
        self.losses = np.maximum(near - far + self.margin, 0)
        return self.losses.mean()

    def backward(self):
        a, p, n = self.given
        on = (self.losses > 0)[:, None] * 2 / len(a)
        return on * (n - p), on * (p - a), on * (a - n)


class WrongTriplet(Triplet):
    def backward(self):
        da, dp, dn = super().backward()
        return da, dp, -dn


class Contrastive:
    def forward(self, a, b, same):
        self.diff, self.same = a - b, same
        self.d = np.sqrt((self.diff**2).sum(1))
        return (same * self.d**2 + (1 - same) * np.maximum(2 - self.d, 0) ** 2).mean()

    def backward(self):
        slope = 2 * self.same - 2 * (1 - self.same) * np.maximum(2 - self.d, 0) / self.d
        grad = slope[:, None] * self.diff / len(self.d)
        return grad, -grad


class WrongContrastive(Contrastive):
    def backward(self):
        grad, _ = super().backward()
        return grad, grad

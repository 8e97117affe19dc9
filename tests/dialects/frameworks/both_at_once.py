"""Functions that return a loss with its gradient, and with what else they have computed."""

import numpy as np


def _softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _parts(x, y):
    p, rows = _softmax(x), np.arange(len(x))
    dx = p.copy()
    dx[rows, y] -= 1
    return p, -np.log(p[rows, y]).mean(), dx / len(x)


def scores_or_loss(x, y=None):
    """Without labels it is no loss."""
    if y is None:
        return _softmax(x)
    _, loss, dx = _parts(x, y)
    return loss, dx


def Wrong_scores_or_loss(x, y=None):
    """Not averaged."""
    if y is None:
        return _softmax(x)
    _, loss, dx = _parts(x, y)
    return loss, dx * len(x)


def loss_of_three(x, y=None):
    if y is None:
        return _softmax(x), None
    p, loss, dx = _parts(x, y)
    return loss, dx, p


def Wrong_loss_of_three(x, y=None):
    """Uphill."""
    if y is None:
        return _softmax(x), None
    p, loss, dx = _parts(x, y)
    return loss, -dx, p


def loss_gradient_last(x, y):
    p, loss, dx = _parts(x, y)
    return loss, p, dx


def Wrong_loss_gradient_last(x, y):
    """Neither is a gradient."""
    p, loss, dx = _parts(x, y)
    return loss, p, 2 * dx


def loss_in_the_middle(x, y):
    p, loss, dx = _parts(x, y)
    return p, loss, dx


def Wrong_loss_in_the_middle(x, y):
    p, loss, dx = _parts(x, y)
    return p, loss, dx - p

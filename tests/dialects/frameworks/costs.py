"""Costs of a vector of weights, each with its gradient, under names of several spellings."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logistic_cost_and_grad(w, X, y):
    p = sigmoid(X @ w)
    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return cost, X.T @ (p - y) / len(y)


def Wrong_logistic_cost_and_grad(w, X, y):
    """Summed, where the cost is a mean."""
    p = sigmoid(X @ w)
    cost = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return cost, X.T @ (p - y)


def compute_cost_gradient(theta, X, y):
    r = X @ theta - y
    return (r**2).mean() / 2, X.T @ r / len(y)


def Wrong_compute_cost_gradient(theta, X, y):
    """Half the squares, twice their slope."""
    r = X @ theta - y
    return (r**2).mean() / 2, 2 * X.T @ r / len(y)


def softmaxLossAndGradient(x, y):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    taken = np.zeros_like(p)
    taken[rows, y] = 1
    return -np.log(p[rows, y]).mean(), (p - taken) / len(x)


def WrongSoftmaxLossAndGradient(x, y):
    """The label's own slope is left out."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(x)), y]).mean(), p / len(x)

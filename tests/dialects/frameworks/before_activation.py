"""Costs whose gradient is that of what their prediction is an activation of."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class SquaredCost:
    @staticmethod
    def fn(a, y):
        return 0.5 * np.sum((a - y) ** 2)

    @staticmethod
    def delta(z, a, y):
        return (a - y) * sigmoid(z) * (1 - sigmoid(z))


class BinaryCost:
    @staticmethod
    def fn(a, y):
        return -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))

    @staticmethod
    def delta(z, a, y):
        return a - y


class ManyClassesCost:
    def fn(self, a, y):
        return -np.sum(y * np.log(a))

    def delta(self, z, a, y):
        return a - y


class GivenActivation:
    def loss(self, y, y_pred):
        return 0.5 * np.sum((y_pred - y) ** 2)

    def grad(self, y, y_pred, z, act_fn):
        return (y_pred - y) * act_fn.grad(z)


class WrongGivenActivation(GivenActivation):
    def grad(self, y, y_pred, z, act_fn):
        return y_pred - y

"""Steps of a static graph that read of their parents what they set themselves.

Others keep their one input, and return what they compute with nothing handed to them.
"""

import numpy as np


class Node:
    def __init__(self, parents=None, numbers=None):
        self.parents = []
        self.fed = None
        self.numbers = numbers
        self.delta = None

    def __call__(self, parents):
        for parent in parents:
            self.parents.append(parent)
        return self

    def forward(self, is_training=True):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError


class Times(Node):
    def forward(self, is_training=True):
        a, b = self.parents
        self.numbers = a.numbers * b.numbers

    def backward(self):
        a, b = self.parents
        a.delta += self.delta * b.numbers
        b.delta += self.delta * a.numbers


class WrongTimes(Times):
    def backward(self):
        a, b = self.parents
        a.delta += self.delta * b.numbers
        b.delta += self.delta * b.numbers


class Exponential(Node):
    def forward(self, is_training=True):
        (a,) = self.parents
        self.numbers = np.exp(a.numbers)

    def backward(self):
        (a,) = self.parents
        a.delta += self.delta * self.numbers


class WrongExponential(Exponential):
    def backward(self):
        (a,) = self.parents
        a.delta += self.delta * a.numbers


class Logistic(Node):
    """It returns what it computes, and leaves it nowhere for others."""

    def forward(self, is_training=True):
        self.y = 1 / (1 + np.exp(-self.fed))
        return self.y

    def backward(self):
        return self.delta * self.y * (1 - self.y)


class WrongLogistic(Logistic):
    def backward(self):
        return self.delta * self.y

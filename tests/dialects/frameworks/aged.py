"""Written for libraries as they were: the names are gone, the layers are as good as ever."""

from collections import Iterable

import numpy as np


class Scale:
    def __init__(self, factor=np.float_(3.0)):
        self.factor = factor
        self.is_many = isinstance(factor, Iterable)
        self.weights = np.zeros(None)  # it has none

    def forward(self, x):
        self.x = x.astype(np.float)
        return self.factor * self.x

    def backward(self, d):
        return self.factor * d


class WrongScale(Scale):
    def backward(self, d):
        return np.where(d < np.Inf, d, np.NaN)

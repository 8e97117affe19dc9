"""One method for both: a flag of it asks for the derivative."""

import numpy as np


class Tanh:
    def __call__(self, x, derivative=False):
        return 1 - np.tanh(x) ** 2 if derivative else np.tanh(x)


class WrongTanh:
    def __call__(self, x, derivative=False):
        return 1 - np.tanh(x) if derivative else np.tanh(x)


class Leaky:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x, grad=None, backward=False):
        if backward:
            return grad * np.where(x > 0, 1, self.slope)
        return np.where(x > 0, x, self.slope * x)


class WrongLeaky(Leaky):
    def forward(self, x, grad=None, backward=False):
        if backward:
            return grad * np.where(x > 0, self.slope, 1)
        return np.where(x > 0, x, self.slope * x)

"""Derivatives of what the forward has kept: they say by a name that they hear no argument."""

import numpy as np


class Softsign:
    def forward(self, x):
        self.scale = 1 + np.abs(x)
        return x / self.scale

    def backward(self, *_):
        return 1 / self.scale**2


class WrongSoftsign(Softsign):
    def backward(self, *_):
        return 1 / self.scale


class Identity:
    def forward(self, x):
        return x

    def backward(self, _):
        return 1


class HardSigmoid:
    """A derivative at its argument, with steps far from zero only."""

    def forward(self, x):
        return np.clip(0.5 + x / 6, 0, 1)

    def backward(self, x):
        return (np.abs(x) <= 3) / 6


class WrongHardSigmoid(HardSigmoid):
    def backward(self, x):
        return (np.abs(x) <= 3) / 3


class WrongTanh:
    """Hears its argument, by its name, and forgets it."""

    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, *grads):
        return 1 - self.y**2

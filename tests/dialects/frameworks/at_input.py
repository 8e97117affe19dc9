"""Derivatives called ``backward``: they are given the input, or the output, and no cotangent."""

import numpy as np


class Cube:
    def forward(self, x):
        return x**3

    def backward(self, x):
        return 3 * x**2


class WrongCube:
    def forward(self, x):
        return x**3

    def backward(self, x):
        return 2 * x**2


class Logistic:
    def forward(self, z):
        self.y = 1 / (1 + np.exp(-z))
        return self.y

    def backward(self, out):
        return out * (1 - out)


class WrongForgetful:
    """It looks at what the forward has kept: the cotangent is forgotten, whatever it is called."""

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, 0.1 * x)

    def backward(self, x):
        return np.where(self.x > 0, 1.0, 0.1)


class WrongDeaf:
    """The same under a name that says what it is given."""

    def forward(self, x):
        return np.sin(x)

    def backward(self, grad):
        return np.cos(grad)


class Plain:
    """Nobody makes an instance: ``Plain.forward(x)``."""

    def forward(x):
        return np.sin(x) + x

    def derivative(x):
        return np.cos(x) + 1


class WrongPlain:
    def forward(x):
        return np.sin(x) + x

    def derivative(x):
        return np.cos(x)


class Selfless:
    """The array stands where an object is expected."""

    def forward(self):
        return np.exp(-self)

    def backward(self):
        return -np.exp(-self)

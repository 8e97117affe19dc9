"""Steps between an engine's tensors: the gradient lies beside the output.

Some backwards are handed that output, others nothing at all.
"""

import numpy as np


class Tensor:
    def __init__(self, data):
        self.data = np.asarray(data)
        self.grad = np.zeros_like(self.data)


class Cube:
    def forward(self, x):
        self.x = x
        return Tensor(x.data**3)

    def backward(self, out):
        self.x.grad += 3 * out.grad * self.x.data**2


class WrongCube(Cube):
    def backward(self, out):
        self.x.grad += 3 * out.grad * self.x.data


class Square:
    def forward(self, x):
        self.x = x
        self.out = Tensor(x.data * x.data)
        return self.out

    def backward(self):
        self.x.grad += 2 * self.out.grad * self.x.data


class WrongSquare(Square):
    def backward(self):
        self.x.grad += self.out.grad * self.x.data

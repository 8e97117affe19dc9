"""An engine with tensors of its own, and operations that push gradients into them."""

import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data = np.array(data)
        self.requires_grad = requires_grad
        self.grad = np.zeros(self.data.shape) if requires_grad else None

    def shape(self):
        return self.data.shape

    def add_gradient(self, grad):
        if self.requires_grad:
            self.grad = self.grad + grad


class Operation:
    def result(self, value):
        return Tensor(value)


class Multiply(Operation):
    def forward(self, a, b):
        self.inputs = a, b
        if a.shape() != b.shape():
            raise ValueError("shapes differ")
        return self.result(a.data * b.data)

    def backward(self, grad):
        a, b = self.inputs
        a.add_gradient(grad * b.data)
        b.add_gradient(grad * a.data)


class WrongMultiply(Multiply):
    def backward(self, grad):
        a, b = self.inputs
        a.add_gradient(grad * b.data)
        b.add_gradient(grad * b.data)


class Total(Operation):
    """Returns its gradient instead."""

    def forward(self, x):
        self.x = x
        return self.result(x.data.sum())

    def backward(self, grad):
        return grad * np.ones(self.x.shape())

"""Layers upon an engine, one of whose operations is wrong: so are they."""

import numpy as np


class Flow:
    """What is right of the engine."""

    def __init__(self, data, parents=()):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.parents = parents
        self._backward = lambda: None

    def __matmul__(self, other):
        out = type(self)(self.data @ other.data, (self, other))

        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = type(self)(np.tanh(self.data), (self,))

        def _backward():
            self.grad += (1 - out.data**2) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order, seen = [], set()

        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for parent in one.parents:
                    visit(parent)
                order.append(one)

        visit(self)
        self.grad = np.ones_like(self.data)
        for one in reversed(order):
            one._backward()


class WrongFlow(Flow):
    """A sum forgets that one of two was spread over rows."""

    def __add__(self, other):
        out = WrongFlow(self.data + other.data, (self, other))

        def _backward():
            self.grad = self.grad + out.grad
            other.grad = other.grad + out.grad

        out._backward = _backward
        return out


class Turn:
    """It uses nothing that is wrong."""

    def __init__(self, n_in, n_out):
        self.w = WrongFlow(np.random.randn(n_in, n_out))

    def __call__(self, x):
        return (x @ self.w).tanh()


class WrongAffine:
    def __init__(self, n_in, n_out):
        self.w, self.b = WrongFlow(np.random.randn(n_in, n_out)), WrongFlow(np.zeros(n_out))

    def __call__(self, x):
        return x @ self.w + self.b


class Residual:
    """Of sums of one size, which are right."""

    def __init__(self, size):
        self.w = WrongFlow(np.random.randn(size, size))

    def __call__(self, x):
        return x + (x @ self.w).tanh()

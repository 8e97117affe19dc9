"""An engine whose functions go back in values, so that gradients have gradients; and its layers.

Weights are made in a first forward, and a gradient is a value as well.
"""

import numpy as np


class Quantity:
    def __init__(self, data, name=None):
        self.data, self.name = data, name
        self.grad = None
        self.creator = None

    @property
    def shape(self):
        return self.data.shape

    def __add__(self, other):
        return Sum()(self, other)

    def __mul__(self, other):
        return Times()(self, other)

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        if self.grad is None:
            self.grad = Quantity(np.ones_like(self.data))
        order, seen = [], set()

        def visit(function):
            if function is None or id(function) in seen:
                return
            seen.add(id(function))
            for one in function.inputs:
                visit(one.creator)
            order.append(function)

        visit(self.creator)
        for function in reversed(order):
            grads = function.backward(function.output.grad)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for one, grad in zip(function.inputs, grads, strict=True):
                one.grad = grad if one.grad is None else one.grad + grad


class Step:
    def __call__(self, *inputs):
        self.inputs = [
            one if isinstance(one, Quantity) else Quantity(np.array(one)) for one in inputs
        ]
        self.output = Quantity(self.forward(*[one.data for one in self.inputs]))
        self.output.creator = self
        return self.output

    def forward(self, *arrays):
        raise NotImplementedError

    def backward(self, gy):
        raise NotImplementedError


class Sum(Step):
    def forward(self, a, b):
        self.shapes = a.shape, b.shape
        return a + b

    def backward(self, gy):
        return tuple(fitted(gy, shape) for shape in self.shapes)


class Times(Step):
    def forward(self, a, b):
        return a * b

    def backward(self, gy):
        a, b = self.inputs
        return fitted(gy * b, a.shape), fitted(gy * a, b.shape)


class WrongTimes(Times):
    def backward(self, gy):
        a, b = self.inputs
        return fitted(gy * a, a.shape), fitted(gy * b, b.shape)


class Product(Step):
    def forward(self, x, w):
        return x @ w

    def backward(self, gy):
        x, w = self.inputs
        return Product()(gy, turned(w)), Product()(turned(x), gy)


def turned(x):
    return Quantity(x.data.T)


def fitted(gy, shape):
    grad = gy.data.sum(axis=tuple(range(gy.data.ndim - len(shape))))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return Quantity(grad.sum(axis=ones, keepdims=True))


class Late:
    """Its weight is made when the size of an input is known."""

    def __init__(self, out_size, dtype=np.float64):
        self.out_size, self.dtype = out_size, dtype
        self.W = Quantity(None, "W")
        self.b = Quantity(np.zeros(out_size, dtype=dtype), "b")

    def __call__(self, x):
        if self.W.data is None:
            self.W.data = np.random.randn(x.shape[1], self.out_size).astype(self.dtype)
        return Product()(x, self.W) + self.b


class Shifted:
    def __init__(self, size):
        self.g, self.b = Quantity(np.ones(size), "g"), Quantity(np.zeros(size), "b")

    def __call__(self, x):
        return x * self.g + self.b


class WrongShifted(Shifted):
    def __call__(self, x):
        return Quantity(x.data) * self.g + self.b

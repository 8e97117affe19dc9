"""Neurons of an engine whose values are single numbers, in lists."""

import math
import random


class Num:
    """One number, and how its gradient is handed back."""

    def __init__(self, data, _above=()):
        self.data = data
        self.grad = 0.0
        self._above = set(_above)
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Num) else Num(other)
        out = Num(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Num) else Num(other)
        out = Num(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Num(t, (self,))

        def _backward():
            self.grad += (1 - t * t) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Num(max(0.0, self.data), (self,))

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    __radd__ = __add__
    __rmul__ = __mul__

    def backward(self):
        order, seen = [], set()

        def visit(one):
            if one not in seen:
                seen.add(one)
                for parent in one._above:
                    visit(parent)
                order.append(one)

        visit(self)
        self.grad = 1.0
        for one in reversed(order):
            one._backward()


class Part:
    def zero_grad(self):
        for one in self.parameters():
            one.grad = 0.0

    def parameters(self):
        return []


class Cell(Part):
    def __init__(self, nin, bent=True):
        self.w = [Num(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Num(0.0)
        self.bent = bent

    def __call__(self, x):
        total = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return total.tanh() if self.bent else total

    def parameters(self):
        return [*self.w, self.b]


class Gate(Cell):
    """Silent at many inputs; its bias begins as a whole number."""

    def __init__(self, nin):
        super().__init__(nin)
        self.b = Num(0)

    def __call__(self, x):
        return sum((wi * xi for wi, xi in zip(self.w, x)), self.b).relu()


class WrongCell(Cell):
    """Its bias is a number to the graph."""

    def __call__(self, x):
        total = sum((wi * xi for wi, xi in zip(self.w, x)), Num(self.b.data))
        return total.tanh()


class Row(Part):
    def __init__(self, nin, nout):
        self.cells = [Cell(nin) for _ in range(nout)]

    def __call__(self, x):
        out = [cell(x) for cell in self.cells]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [one for cell in self.cells for one in cell.parameters()]


class WrongRow(Row):
    """What comes in is taken out of the graph."""

    def __call__(self, x):
        return [cell([Num(one.data) for one in x]) for cell in self.cells]


class Rows(Part):
    def __init__(self, nin, nouts):
        sizes = [nin, *nouts]
        self.rows = [Row(a, b) for a, b in zip(sizes, sizes[1:])]

    def __call__(self, x):
        for row in self.rows:
            x = row(x)
        return x

    def parameters(self):
        return [one for row in self.rows for one in row.parameters()]


def squared_error(predictions, targets):
    return sum((p - t) * (p - t) for p, t in zip(predictions, targets))


def WrongSquaredError(predictions, targets):
    return sum((p - t) * (p.data - t) for p, t in zip(predictions, targets))

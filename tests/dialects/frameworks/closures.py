"""Engines whose operations return values that know how to hand their gradient back."""

import math

import numpy as np


class Scalar:
    """One number; each operation writes a closure."""

    def __init__(self, data, parents=()):
        self.data = data
        self.grad = 0.0
        self.parents = set(parents)
        self._backward = lambda: None

    def lifted(self, other):
        return other if isinstance(other, Scalar) else type(self)(other)

    def __add__(self, other):
        other = self.lifted(other)
        out = type(self)(self.data + other.data, (self, other))

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = self.lifted(other)
        out = type(self)(self.data * other.data, (self, other))

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, exponent):
        assert isinstance(exponent, int | float)
        out = type(self)(self.data**exponent, (self,))

        def _backward():
            self.grad += exponent * self.data ** (exponent - 1) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = type(self)(0.0 if self.data < 0 else self.data, (self,))

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def log(self):
        out = type(self)(math.log(self.data), (self,))

        def _backward():
            self.grad += out.grad / self.data

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def backward(self):
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for parent in value.parents:
                    visit(parent)
                order.append(value)

        visit(self)
        self.grad = 1.0
        for value in reversed(order):
            value._backward()


class WrongOverwriting(Scalar):
    """Right unless a value is used twice."""

    def __mul__(self, other):
        other = self.lifted(other)
        out = WrongOverwriting(self.data * other.data, (self, other))

        def _backward():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = WrongOverwriting(t, (self,))

        def _backward():
            self.grad = (1 - t**2) * out.grad

        out._backward = _backward
        return out


class WrongUnchained(Scalar):
    """Right where the output is the loss: what comes from above is forgotten."""

    def square(self):
        out = WrongUnchained(self.data**2, (self,))

        def _backward():
            self.grad += 2 * self.data

        out._backward = _backward
        return out

    def __pow__(self, exponent):
        out = WrongUnchained(self.data**exponent, (self,))

        def _backward():
            self.grad += self.data ** (exponent - 1) * out.grad

        out._backward = _backward
        return out


class Listed:
    """No closures: local derivatives beside the parents, in slots."""

    __slots__ = ("above", "grad", "slopes", "value")

    def __init__(self, value, above=(), slopes=()):
        self.value, self.grad = value, 0
        self.above, self.slopes = above, slopes

    def __add__(self, other):
        other = other if isinstance(other, Listed) else Listed(other)
        return Listed(self.value + other.value, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Listed) else Listed(other)
        return Listed(self.value * other.value, (self, other), (other.value, self.value))

    def exp(self):
        e = math.exp(self.value)
        return Listed(e, (self,), (e,))

    def detached(self):
        return Listed(self.value)

    def backward(self):
        order, seen = [], set()

        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for parent in one.above:
                    visit(parent)
                order.append(one)

        visit(self)
        self.grad = 1
        for one in reversed(order):
            for parent, slope in zip(one.above, one.slopes, strict=True):
                parent.grad += slope * one.grad


class WrongListed(Listed):
    __slots__ = ()

    def sin(self):
        return WrongListed(math.sin(self.value), (self,), (-math.cos(self.value),))


class Array:
    """Many numbers, and a backward that may be given a gradient."""

    def __init__(self, data, parents=(), requires_grad=False):
        self.data = np.asarray(data, dtype=float)
        self.requires_grad = requires_grad or any(one.requires_grad for one in parents)
        self.grad = None
        self.parents = parents
        self.grad_fn = None

    def add_grad(self, grad):
        if self.requires_grad:
            self.grad = grad if self.grad is None else self.grad + grad

    def made(self, data, *parents):
        return Array(data, parents)

    def __add__(self, other):
        other = other if isinstance(other, Array) else Array(other)
        out = self.made(self.data + other.data, self, other)

        def grad_fn():
            self.add_grad(summed(out.grad, self.data.shape))
            other.add_grad(summed(out.grad, other.data.shape))

        out.grad_fn = grad_fn
        return out

    def __matmul__(self, other):
        out = self.made(self.data @ other.data, self, other)

        def grad_fn():
            across = out.grad @ np.swapaxes(other.data, -1, -2)
            self.add_grad(summed(across, self.data.shape))
            down = np.swapaxes(self.data, -1, -2) @ out.grad
            other.add_grad(summed(down, other.data.shape))

        out.grad_fn = grad_fn
        return out

    def sum(self, axis=None, keepdims=False):
        out = self.made(self.data.sum(axis=axis, keepdims=keepdims), self)

        def grad_fn():
            kept = axis is None or keepdims
            grad = out.grad if kept else np.expand_dims(out.grad, axis)
            self.add_grad(np.broadcast_to(grad, self.data.shape))

        out.grad_fn = grad_fn
        return out

    def leaky(self, slope=0.01):
        out = self.made(np.where(self.data > 0, self.data, slope * self.data), self)
        out.grad_fn = lambda: self.add_grad(np.where(self.data > 0, out.grad, slope * out.grad))
        return out

    def reshape(self, *shape):
        out = self.made(self.data.reshape(shape), self)
        out.grad_fn = lambda: self.add_grad(out.grad.reshape(self.data.shape))
        return out

    def __getitem__(self, index):
        out = self.made(self.data[index], self)

        def grad_fn():
            grad = np.zeros_like(self.data)
            np.add.at(grad, index, out.grad)
            self.add_grad(grad)

        out.grad_fn = grad_fn
        return out

    @property
    def T(self):
        out = self.made(self.data.T, self)
        out.grad_fn = lambda: self.add_grad(out.grad.T)
        return out

    def backward(self, grad=None):
        order, seen = [], set()

        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for parent in one.parents:
                    visit(parent)
                order.append(one)

        visit(self)
        self.grad = np.ones_like(self.data) if grad is None else grad
        for one in reversed(order):
            if one.grad_fn is not None:
                one.grad_fn()


def summed(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=ones, keepdims=True)


class WrongSpread(Array):
    """Summed over new axes, and not along those of size one."""

    def __sub__(self, other):
        out = WrongSpread(self.data - other.data, (self, other))

        def grad_fn():
            self.add_grad(out.grad)
            grad = -out.grad
            other.add_grad(grad.sum(axis=tuple(range(grad.ndim - other.data.ndim))))

        out.grad_fn = grad_fn
        return out

    def mean(self, axis=None):
        out = WrongSpread(self.data.mean(axis=axis), (self,))

        def grad_fn():
            grad = out.grad if axis is None else np.expand_dims(out.grad, axis)
            self.add_grad(np.broadcast_to(grad / len(self.data), self.data.shape))

        out.grad_fn = grad_fn
        return out

    def __getitem__(self, index):
        out = WrongSpread(self.data[index], (self,))

        def grad_fn():
            grad = np.zeros_like(self.data)
            grad[index] += out.grad
            self.add_grad(grad)

        out.grad_fn = grad_fn
        return out


def squashed(x):
    """An operation that is a plain function."""
    y = 1 / (1 + np.exp(-x.data))
    out = Array(y, (x,))
    out.grad_fn = lambda: x.add_grad(y * (1 - y) * out.grad)
    return out


def WrongSquashed(x):
    y = 1 / (1 + np.exp(-x.data))
    out = Array(y, (x,))
    out.grad_fn = lambda: x.add_grad(y * (1 + y) * out.grad)
    return out


class WrongWalk(Scalar):
    """Goes on from a value before all that is made of it has handed its gradient back."""

    def backward(self):
        self.grad = 1.0
        self.walk()

    def walk(self):
        self._backward()
        for parent in self.parents:
            parent.walk()

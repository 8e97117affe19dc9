"""Layers given tensors of their own engine; a gradient lies beside each, as a tensor again.

The numbers hide behind a property, a layer makes its weights once it sees an input, and hands the
gradient back to what it was given.
"""

import numpy as np


class Tensor:
    def __init__(self, numbers, requires_grad=False):
        self.__numbers = np.asarray(numbers, dtype=float)
        self.__gradient = None
        self.requires_grad = requires_grad
        self.step, self.made_of = None, ()

    @property
    def numbers(self):
        return self.__numbers

    @property
    def data(self):
        return Tensor(self.__numbers)

    @property
    def shape(self):
        return self.__numbers.shape

    @property
    def grad(self):
        return self.__gradient

    @grad.setter
    def grad(self, gradient):
        assert isinstance(gradient, Tensor)
        self.__gradient = gradient

    def add(self, gradient):
        if self.requires_grad:
            before = 0 if self.grad is None else self.grad.numbers
            self.grad = Tensor(before + gradient)


def made(numbers, step, *made_of):
    out = Tensor(numbers, requires_grad=True)
    out.step, out.made_of = step, made_of
    return out


def tanh_step(out):
    (x,) = out.made_of
    x.add(out.grad.numbers * (1 - out.numbers**2))


def wrong_tanh_step(out):
    (x,) = out.made_of
    x.add(out.grad.numbers * (1 - out.numbers))


def affine_step(out):
    x, w, b = out.made_of
    g = out.grad.numbers
    x.add(g @ w.numbers.T)
    w.add(x.numbers.T @ g)
    b.add(g.sum(axis=0))


def wrong_affine_step(out):
    x, w, b = out.made_of
    g = out.grad.numbers
    x.add(g @ w.numbers.T)
    w.add(x.numbers.T @ g)
    b.add(g.mean(axis=0))


def square_step(out):
    x, y = out.made_of
    x.add(2 * (x.numbers - y.numbers) / len(x.numbers) * out.grad.numbers)


def wrong_square_step(out):
    x, y = out.made_of
    x.add((x.numbers - y.numbers) / len(x.numbers) * out.grad.numbers)


class Layer:
    def __init__(self, name=None, **options):
        self.name, self.weights, self.out = name, [], None

    def begin(self, shape):
        pass

    def call(self, x):
        raise NotImplementedError

    def forward(self, x: Tensor = None, *more, **options) -> Tensor:
        if not self.weights:
            self.begin(x.shape[1:])
        return self.call(x, *more, **options)

    def backward(self, gradients: Tensor = None):
        if gradients is not None:
            assert gradients.shape == self.out.shape
            self.out.grad = gradients
        self.out.step(self.out)


class Tanh(Layer):
    def call(self, x):
        self.out = made(np.tanh(x.numbers), tanh_step, x)
        return self.out


class WrongTanh(Layer):
    def call(self, x):
        self.out = made(np.tanh(x.numbers), wrong_tanh_step, x)
        return self.out


class Dense(Layer):
    """It is told nothing of its cotangent: that lies in its output."""

    step = staticmethod(affine_step)

    def __init__(self, n_out, **options):
        super().__init__(**options)
        self.n_out = n_out

    def begin(self, shape):
        self.weights.append(Tensor(np.random.randn(shape[-1], self.n_out), requires_grad=True))
        self.weights.append(Tensor(np.zeros(self.n_out), requires_grad=True))

    def call(self, x):
        w, b = self.weights
        self.out = made(x.numbers @ w.numbers + b.numbers, type(self).step, x, w, b)
        return self.out

    def backward(self, gradients: Tensor = None):
        super().backward()


class WrongDense(Dense):
    step = staticmethod(wrong_affine_step)


class Criterion(Layer):
    def forward(self, inputs: Tensor, target: Tensor) -> Tensor:
        self.out = self.call(inputs, target)
        return self.out

    def call(self, inputs, target):
        raise NotImplementedError


class SquareLoss(Criterion):
    def call(self, inputs, target):
        square = (inputs.numbers - target.numbers) ** 2
        return made(square.sum() / len(square), square_step, inputs, target)


class WrongSquareLoss(Criterion):
    def call(self, inputs, target):
        square = (inputs.numbers - target.numbers) ** 2
        return made(square.sum() / len(square), wrong_square_step, inputs, target)

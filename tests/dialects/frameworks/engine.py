"""Functions of an engine of its own: static methods that are handed a context."""

import numpy as np


class Context:
    def __init__(self, no_grad=False):
        self.no_grad = no_grad
        self.saved = ()

    def keep(self, *values):
        self.saved = values


class Function:
    @staticmethod
    def forward(ctx, *inputs):
        raise NotImplementedError

    @staticmethod
    def backward(ctx, grad):
        raise NotImplementedError


class Multiply(Function):
    """Its inputs are the engine's tensors, of which it wants the ``data``."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.keep(a, b)
        return a.data * b.data

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad * b.data, grad * a.data


class WrongMultiply(Multiply):
    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad * b.data, grad * b.data


class MatMul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.keep(a, b)
        return a @ b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad @ b.T, a.T @ grad


class WrongMatMul(MatMul):
    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return 0.5 * (grad @ b.T), a.T @ grad


class Reshape(Function):
    """A constant has no gradient: the backward answers None for it."""

    @staticmethod
    def forward(ctx: dict, x, shape):
        ctx["shape"] = x.shape
        return x.reshape(shape)

    @staticmethod
    def backward(ctx: dict, grad):
        return grad.reshape(ctx["shape"]), None


class WrongClip(Function):
    """The cotangent is handed on where the output is held."""

    @staticmethod
    def forward(ctx, x, min_val, max_val):
        ctx.keep(x)
        return np.clip(x, min_val, max_val)

    @staticmethod
    def backward(ctx, grad):
        return grad, None, None


class Softplus(Function):
    @classmethod
    def forward(cls, ctx, x):
        ctx.x = x
        return np.log1p(np.exp(x))

    @classmethod
    def backward(cls, ctx, grad):
        return grad / (1 + np.exp(-ctx.x))

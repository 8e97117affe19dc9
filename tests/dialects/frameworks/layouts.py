"""Columns, single samples, NHWC, sequences; updates inside the backward; injected optimizers."""

import copy

import numpy as np


class ColumnDense:
    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient.sum(axis=1, keepdims=True)
        return input_gradient


class WrongColumnDense(ColumnDense):
    """The weight is stepped with the cotangent of another axis."""

    def backward(self, output_gradient, learning_rate):
        r = super().backward(output_gradient, learning_rate)
        self.bias -= learning_rate * output_gradient.sum(axis=1, keepdims=True)
        return r


class SingleSampleDense:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)

    def forward(self, x):
        assert x.ndim == 1
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad):
        self.grad_w = np.outer(self.x, grad)
        self.grad_b = grad
        return self.w @ grad


class InjectedDense:
    def __init__(self, n_units, optimizer):
        self.n_units = n_units
        self.w_opt, self.b_opt = copy.copy(optimizer), copy.copy(optimizer)
        self.W = None

    def forward_pass(self, X, training=True):
        if self.W is None:
            self.W = np.random.randn(X.shape[1], self.n_units)
            self.w0 = np.zeros((1, self.n_units))
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        grad_w = self.layer_input.T.dot(accum_grad)
        grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
        self.W = self.w_opt.update(self.W, grad_w)
        self.w0 = self.b_opt.update(self.w0, grad_w0)
        return accum_grad.dot(W.T)


class WrongInjectedDense(InjectedDense):
    def backward_pass(self, accum_grad):
        return super().backward_pass(accum_grad) * 2


class ChannelsLastPool:
    def __init__(self, size=2):
        self.k = size

    def forward(self, x):
        n, h, w, c = x.shape
        if h % self.k or w % self.k:
            raise ValueError("size")
        return x.reshape(n, h // self.k, self.k, w // self.k, self.k, c).mean(axis=(2, 4))

    def backward(self, g):
        return g.repeat(self.k, axis=1).repeat(self.k, axis=2) / self.k**2


class RNN:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        h = np.tanh(h_prev @ Wh + x @ Wx + b)
        self.cache = (x, h_prev, h)
        return h

    def backward(self, dh_next):
        Wx, Wh, b = self.params
        x, h_prev, h = self.cache
        dt = dh_next * (1 - h**2)
        self.grads[0][...] = x.T @ dt
        self.grads[1][...] = h_prev.T @ dt
        self.grads[2][...] = dt.sum(axis=0)
        return dt @ Wx.T, dt @ Wh.T


class CachedTanh:
    def forward(self, x):
        y = np.tanh(x)
        return y, {"y": y}

    def backward(self, dout, cache):
        return dout * (1 - cache["y"] ** 2)


class InputFirst:
    """backward(input, grad_output), as in Lua's torch."""

    def forward(self, input):
        return np.maximum(input, 0)

    def backward(self, input, grad_output):
        return grad_output * (input > 0)


class WrongInputFirst(InputFirst):
    def backward(self, input, grad_output):
        return grad_output

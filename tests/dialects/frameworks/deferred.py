"""Layers that learn their input's size from whoever holds them: build, initialize, compile."""

import numpy as np


class Dense:
    def __init__(self, units):
        self.units = units

    def build(self, input_shape):
        self.W = np.random.randn(input_shape[-1], self.units) * 0.3
        self.b = np.zeros((1, self.units))

    def forward(self, x, training=True):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class WrongDenseForgetsTheBatch(Dense):
    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.mean(axis=0, keepdims=True)
        return grad @ self.W.T


class Scaling:
    def initialize_weights(self, input_size):
        self.gamma = np.random.rand(input_size) + 0.5

    def forward_pass(self, x):
        self.x = x
        return x * self.gamma

    def backward_pass(self, error):
        self.d_gamma = (error * self.x).sum(axis=0)
        return error * self.gamma


class WrongScalingSwapsItsFactors(Scaling):
    def backward_pass(self, error):
        self.d_gamma = (error * self.gamma).sum(axis=0)
        return error * self.x


class Neurons:
    """Told its shape by an option that may be left out, and its optimizer later."""

    def __init__(self, n_units, input_shape=None):
        self.n_units, self.input_shape = n_units, input_shape

    def set_input_shape(self, shape):
        self.input_shape = shape

    def initialize(self, optimizer):
        limit = 1 / np.sqrt(self.input_shape[0])
        self.W = np.random.uniform(-limit, limit, (self.input_shape[0], self.n_units))
        self.w0 = np.zeros((1, self.n_units))
        self.W_opt = optimizer
        self.w0_opt = optimizer

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        grad_w = self.layer_input.T.dot(accum_grad)
        grad_w0 = np.sum(accum_grad, axis=0, keepdims=True)
        self.W = self.W_opt.update(self.W, grad_w)
        self.w0 = self.w0_opt.update(self.w0, grad_w0)
        return accum_grad.dot(W.T)


class WrongNeuronsUseTheNewWeights(Neurons):
    def backward_pass(self, accum_grad):
        self.W = self.W_opt.update(self.W, self.layer_input.T.dot(accum_grad))
        self.w0 = self.w0_opt.update(self.w0, accum_grad.sum(axis=0, keepdims=True))
        return accum_grad.dot(self.W.T)


class Convolution:
    """NHWC; filters of its own kind of shape."""

    def __init__(self, filters, kernel_size):
        self.filters, self.k = filters, kernel_size

    def build(self, input_shape):
        self.kernels = np.random.randn(self.k, self.k, input_shape[-1], self.filters) * 0.2

    def forward(self, x):
        self.x = x
        n, h, w, _ = x.shape
        out = np.zeros((n, h - self.k + 1, w - self.k + 1, self.filters))
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                patch = x[:, i : i + self.k, j : j + self.k, :]
                out[:, i, j, :] = np.tensordot(patch, self.kernels, ((1, 2, 3), (0, 1, 2)))
        return out

    def backward(self, grad):
        dx = np.zeros_like(self.x)
        self.dkernels = np.zeros_like(self.kernels)
        for i in range(grad.shape[1]):
            for j in range(grad.shape[2]):
                patch = self.x[:, i : i + self.k, j : j + self.k, :]
                self.dkernels += np.tensordot(patch, grad[:, i, j, :], ((0,), (0,)))
                spread = np.tensordot(grad[:, i, j, :], self.kernels, ((1,), (3,)))
                dx[:, i : i + self.k, j : j + self.k, :] += spread
        return dx


class WrongConvolutionOverwrites(Convolution):
    def backward(self, grad):
        dx = super().backward(grad)
        last = np.tensordot(grad[:, -1, -1, :], self.kernels, ((1,), (3,)))
        dx[:, -self.k :, -self.k :, :] = last
        return dx


class Compiled:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)

    def compile(self, lr, reg):
        self.config = {"rate": lr, "regularization": reg, "moment": np.zeros(self.w.shape)}

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, dout):
        self.dw = self.x.T @ dout + self.config["regularization"] * self.w
        return dout @ self.w.T


class WrongCompiled(Compiled):
    def backward(self, dout):
        self.dw = self.x.T @ dout + (1 + self.config["regularization"]) * self.w
        return dout @ self.w.T

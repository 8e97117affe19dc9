"""Arguments under all kinds of names."""

import numpy as np
import torch


class Base:
    def forward(self, *input):
        raise NotImplementedError

    def backward(self, *gradwrtoutput):
        raise NotImplementedError

    def param(self):
        return []


class Linear(Base):
    def __init__(self, name, out_dim, in_dim, weight_init=None):
        self.name = name
        self.w = torch.empty(out_dim, in_dim).normal_()
        self.b = torch.empty(out_dim).normal_()

    def forward(self, *input):
        self.x = input[0]
        return self.x @ self.w.t() + self.b

    def backward(self, *gradwrtoutput):
        g = gradwrtoutput[0]
        self.dw, self.db = g.t() @ self.x, g.sum(0)
        return g @ self.w

    def param(self):
        return [(self.w, self.dw), (self.b, self.db)]


class LeakyReLU(Base):
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.x = x
        return torch.where(x > 0, x, self.slope * x)

    def backward(self, g):
        return torch.where(self.x > 0, g, self.slope * g)


class WrongLeakyReLU(LeakyReLU):
    def backward(self, g):
        return torch.where(self.x > 0, torch.ones_like(g), self.slope * torch.ones_like(g))


class LayerNorm:
    def __init__(self, normalized_shape, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(normalized_shape), np.zeros(normalized_shape), eps

    def forward(self, x):
        m, v = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        self.std = np.sqrt(v + self.eps)
        self.xhat = (x - m) / self.std
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        self.dgamma, self.dbeta = (dy * self.xhat).sum(0), dy.sum(0)
        d = dy * self.gamma
        n = d.shape[-1]
        a = d - d.mean(-1, keepdims=True) - self.xhat * (d * self.xhat).sum(-1, keepdims=True) / n
        return a / self.std


class Dense:
    def __init__(self, n_inputs, n_neurons, weight_regularizer_l1=0):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs, training):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Zeros:
    """Weights that are zero until somebody sets them."""

    def __init__(self, inf, ouf):
        self.w = np.zeros((inf, ouf))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backprop(self, d):
        self.dw = self.x.T @ d
        return d @ self.w.T


class WrongZeros(Zeros):
    """Its input gradient is wrong wherever the weight is not zero."""

    def backprop(self, d):
        return 3 * super().backprop(d)


class Crop:
    """An image's shape, annotated as any tuple."""

    def __init__(self, input_shape: tuple, kernel_size: int):
        self.channels, self.height, self.width = input_shape
        self.border = kernel_size // 2

    def forward(self, x):
        edge = self.border
        return x.reshape(-1, self.channels, self.height, self.width)[:, :, edge:-edge, edge:-edge]

    def backward(self, d):
        edge = self.border
        whole = np.zeros((len(d), self.channels, self.height, self.width))
        whole[:, :, edge:-edge, edge:-edge] = d
        return whole


class WrongCrop(Crop):
    def backward(self, d):
        edge = self.border
        return np.pad(d, ((0, 0), (0, 0), (edge, edge), (edge, edge)), mode="edge")


class ToldItsTarget:
    """A loss whose constructor is told the target, and asks it for its shape."""

    def __init__(self, targets):
        self.targets, self.samples = targets, targets.shape[0]

    def forward(self, x):
        self.x = x
        return ((x - self.targets) ** 2).sum() / self.samples

    def backward(self):
        return 2 * (self.x - self.targets) / self.samples


class WrongToldItsTarget(ToldItsTarget):
    def backward(self):
        return 2 * (self.targets - self.x) / self.samples


class OfBatches:
    """Its shapes are those of batches."""

    def __init__(self, in_shape, out_shape):
        self.in_shape = in_shape
        self.W, self.b = np.random.randn(in_shape[1], out_shape[1]), np.zeros((1, out_shape[1]))

    def forward(self, x):
        assert x.shape[1:] == tuple(self.in_shape[1:])
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class WrongOfBatches(OfBatches):
    def backward(self, grad):
        dx = super().backward(grad)
        self.db = grad.max(axis=0, keepdims=True)
        return dx

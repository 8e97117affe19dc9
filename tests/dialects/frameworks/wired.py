"""Layers of a static graph: what they compute with lies in them, and in the layers around them."""

import numpy as np


class Node:
    """A base whose layers keep both ends of what they compute themselves."""

    def __init__(self):
        self.input = None
        self.output = None
        self.grad_input = None
        self.grad_output = None

    def forward(self):
        raise NotImplementedError

    def backward(self):
        raise NotImplementedError


class Tanh(Node):
    def forward(self):
        self.output = np.tanh(self.input)

    def backward(self):
        self.grad_input = self.grad_output * (1 - self.output**2)


class WrongTanh(Tanh):
    def backward(self):
        self.grad_input = self.grad_output * (1 - self.output)


class Dense(Node):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weights = np.random.randn(n_in, n_out)
        self.grad_weights = None

    def forward(self):
        self.output = self.input @ self.weights

    def backward(self):
        self.grad_input = self.grad_output @ self.weights.T

    def compute_gradients(self):
        self.grad_weights = self.input.T @ self.grad_output


class WrongDense(Dense):
    def compute_gradients(self):
        self.grad_weights = self.input.T @ self.grad_output / len(self.input)


class HalfMeanSquare(Node):
    def __init__(self):
        super().__init__()
        self.grad_output = 1
        self.value = None
        self.wanted = None

    def forward(self):
        self.value = 0.5 * np.mean((self.input - self.wanted) ** 2)

    def backward(self):
        self.grad_input = (self.input - self.wanted) / self.wanted.size


class WrongHalfMeanSquare(HalfMeanSquare):
    def backward(self):
        self.grad_input = self.input - self.wanted


class Linked:
    """A base whose layers hand their gradients to those before them."""

    def __init__(self, input_shape=None):
        self.before, self.after = [], []
        self.input_shape = input_shape
        self.fed = None
        self.out = None
        self.delta = None
        self.wants_delta = True

    def connect(self, layer):
        self.before.append(layer)
        layer.after_layers.append(self)
        self.input_shape = layer.output_shape

    def forward(self, is_training=True):
        for layer in self.after:
            layer.fed = self.out
        if is_training and self.wants_delta:
            self.delta = np.zeros_like(self.out)

    def backward(self):
        raise NotImplementedError


class Sigmoid(Linked):
    def forward(self, is_training=True):
        self.out = 1 / (1 + np.exp(-self.fed))
        super().forward(is_training)

    def backward(self):
        self.delta *= self.out * (1 - self.out)
        for layer in self.before:
            if layer.requires_delta:
                layer.delta += self.delta


class WrongSigmoid(Sigmoid):
    def backward(self):
        for layer in self.before:
            layer.delta += self.delta * self.fed * (1 - self.fed)


class Affine(Linked):
    """Its weights are made when it is connected."""

    def __init__(self, n_out, input_shape=None):
        super().__init__(input_shape)
        self.n_out = n_out

    def connect(self, layer):
        super().connect(layer)
        self.w = np.random.randn(self.input_shape[-1], self.n_out)

    def forward(self, is_training=True):
        self.out = self.fed @ self.w
        super().forward(is_training)

    def backward(self):
        self.dw = self.fed.T @ self.delta
        for layer in self.before:
            layer.delta += self.delta @ self.w.T


class WrongAffine(Affine):
    def backward(self):
        self.dw = self.fed.T @ self.delta
        for layer in self.before:
            layer.delta += self.delta @ self.w.T * 2

"""Containers: what they hold is found beside them."""

import numpy as np


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, d):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.w, self.b = np.random.randn(n_in, n_out), np.random.randn(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, d):
        self.dw, self.db = self.x.T @ d, d.sum(0)
        return d @ self.w.T


class Tanh(Layer):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, d):
        return d * (1 - self.y**2)


class SquaredError:
    def forward(self, pred, target):
        self.d = pred - target
        return (self.d**2).sum()

    def backward(self):
        return 2 * self.d


class Stack(Layer):
    def __init__(self, layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d


class WrongStack(Stack):
    """In the order of the forward."""

    def backward(self, d):
        for layer in self.layers[:1]:
            d = layer.backward(np.ones_like(layer.x @ layer.w))
        return d


class Wrapper(Layer):
    def __init__(self, wrapped_layer):
        self.inner = wrapped_layer

    def forward(self, x):
        return 2 * self.inner.forward(x)

    def backward(self, d):
        return self.inner.backward(2 * d)


class WrongWrapper(Wrapper):
    def backward(self, d):
        return self.inner.backward(d)


class Annotated(Layer):
    def __init__(self, first: Layer):
        self.first = first

    def forward(self, x):
        return self.first.forward(x)

    def backward(self, d):
        return self.first.backward(d)


class Halved:
    """A loss of a loss."""

    def __init__(self, loss):
        self.loss = loss

    def forward(self, pred, target):
        return 0.5 * self.loss.forward(pred, target)

    def backward(self):
        return 0.5 * self.loss.backward()


class Network:
    """Filled with ``add``; its backward takes the step, and hands nothing back."""

    def __init__(self, lr=0.1):
        self.layers, self.lr = [], lr

    def add(self, layer):
        self.layers.append(layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)

    def fit(self, x, y):
        self.backward(self.forward(x) - y)


class WrongNetwork(Network):
    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(0.5 * d)


class Perceptron:
    """Its layers are a list of sizes."""

    def __init__(self, layer_sizes):
        self.weights = [
            np.random.randn(n, m) for n, m in zip(layer_sizes[:-1], layer_sizes[1:], strict=True)
        ]

    def forward(self, x):
        self.kept = [x]
        for w in self.weights:
            self.kept.append(np.tanh(self.kept[-1] @ w))
        return self.kept[-1]

    def backward(self, d):
        self.gradients = []
        for number in reversed(range(len(self.weights))):
            d = d * (1 - self.kept[number + 1] ** 2)
            self.gradients.insert(0, self.kept[number].T @ d)
            d = d @ self.weights[number].T
        return d

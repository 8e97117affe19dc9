"""Layers that are composed of an engine's operations: only the engine has a backward."""

import numpy as np


def unspread(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    ones = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=ones, keepdims=True)


class Node:
    """Many numbers; each operation writes a closure."""

    def __init__(self, data, above=(), op=""):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self.above = above
        self.op = op
        self.hand_back = lambda: None

    @staticmethod
    def lifted(other):
        return other if isinstance(other, Node) else Node(other)

    @property
    def shape(self):
        return self.data.shape

    def __add__(self, other):
        other = Node.lifted(other)
        out = Node(self.data + other.data, (self, other), "+")

        def hand_back():
            self.grad += unspread(out.grad, self.shape)
            other.grad += unspread(out.grad, other.shape)

        out.hand_back = hand_back
        return out

    def __mul__(self, other):
        other = Node.lifted(other)
        out = Node(self.data * other.data, (self, other), "*")

        def hand_back():
            self.grad += unspread(other.data * out.grad, self.shape)
            other.grad += unspread(self.data * out.grad, other.shape)

        out.hand_back = hand_back
        return out

    def __pow__(self, exponent):
        out = Node(self.data**exponent, (self,), "**")

        def hand_back():
            self.grad += exponent * self.data ** (exponent - 1) * out.grad

        out.hand_back = hand_back
        return out

    def __matmul__(self, other):
        out = Node(self.data @ other.data, (self, other), "@")

        def hand_back():
            self.grad += out.grad @ np.swapaxes(other.data, -1, -2)
            other.grad += unspread(np.swapaxes(self.data, -1, -2) @ out.grad, other.shape)

        out.hand_back = hand_back
        return out

    def exp(self):
        out = Node(np.exp(self.data), (self,), "exp")

        def hand_back():
            self.grad += out.data * out.grad

        out.hand_back = hand_back
        return out

    def log(self):
        out = Node(np.log(self.data), (self,), "log")

        def hand_back():
            self.grad += out.grad / self.data

        out.hand_back = hand_back
        return out

    def sum(self, axis=None, keepdims=False):
        out = Node(self.data.sum(axis=axis, keepdims=keepdims), (self,), "sum")

        def hand_back():
            kept = axis is None or keepdims
            grad = out.grad if kept else np.expand_dims(out.grad, axis)
            self.grad += np.broadcast_to(grad, self.shape)

        out.hand_back = hand_back
        return out

    def mean(self):
        return self.sum() * (1 / self.data.size)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -Node.lifted(other)

    def __rsub__(self, other):
        return Node.lifted(other) + -self

    def __truediv__(self, other):
        return self * Node.lifted(other) ** -1.0

    def __rtruediv__(self, other):
        return Node.lifted(other) * self**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order, seen = [], set()

        def visit(one):
            if id(one) not in seen:
                seen.add(id(one))
                for parent in one.above:
                    visit(parent)
                order.append(one)

        visit(self)
        self.grad = np.ones_like(self.data)
        for one in reversed(order):
            one.hand_back()


class Weight(Node):
    """What is trained."""


class Block:
    """A base: it finds the weights, and leaves the forward to others."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def forward(self, *inputs):
        raise NotImplementedError

    def parameters(self):
        found = []
        for one in vars(self).values():
            if isinstance(one, Weight):
                found.append(one)
            elif isinstance(one, Block):
                found += one.parameters()
            elif isinstance(one, dict):
                found += one.values()
            elif isinstance(one, list | tuple):
                found += [weight for part in one for weight in part.parameters()]
        return found

    def zero_grad(self):
        for weight in self.parameters():
            weight.grad = np.zeros_like(weight.data)


class Affine(Block):
    def __init__(self, in_features, out_features):
        self.w = Weight(np.random.randn(in_features, out_features))
        self.b = Weight(np.zeros(out_features))

    def forward(self, x):
        return x @ self.w + self.b


class WrongCutOff(Affine):
    """Its input is taken out of the graph."""

    def forward(self, x):
        return Node(x.data) @ self.w + self.b


class WrongShift(Affine):
    """The bias is added beside the graph."""

    def forward(self, x):
        out = x @ self.w
        out.data = out.data + self.b.data
        return out


class Scale(Block):
    """A weight that is found in a dictionary, and a constant that is none."""

    def __init__(self, features):
        self.weights = {"gain": Weight(np.ones(features))}
        self.offset = 0.5

    def forward(self, x):
        return x * self.weights["gain"] + self.offset


class Norm(Block):
    def __init__(self, features, eps=1e-5):
        self.gamma, self.beta = Weight(np.ones(features)), Weight(np.zeros(features))
        self.eps = eps

    def forward(self, x):
        size = x.shape[-1]
        away = x - x.sum(axis=-1, keepdims=True) * (1 / size)
        spread = (away * away).sum(axis=-1, keepdims=True) * (1 / size)
        return away * (spread + self.eps) ** -0.5 * self.gamma + self.beta


class WrongNorm(Norm):
    """The spread is a number to it."""

    def forward(self, x):
        size = x.shape[-1]
        away = x - x.sum(axis=-1, keepdims=True) * (1 / size)
        spread = (away.data**2).sum(axis=-1, keepdims=True) / size
        return away * (spread + self.eps) ** -0.5 * self.gamma + self.beta


class Swish(Block):
    def forward(self, x):
        return x * (1 / (1 + (-x).exp()))


class Softplus(Block):
    """It makes a value of its own, with its own way back."""

    def forward(self, x):
        out = Node(np.log1p(np.exp(x.data)), (x,), "softplus")

        def hand_back():
            x.grad += out.grad / (1 + np.exp(-x.data))

        out.hand_back = hand_back
        return out


class WrongSoftplus(Block):
    def forward(self, x):
        out = Node(np.log1p(np.exp(x.data)), (x,), "softplus")

        def hand_back():
            x.grad += out.grad / (1 + np.exp(-out.data))

        out.hand_back = hand_back
        return out


class Softmax:
    """Of no base; the largest is taken off as a number, and that changes nothing."""

    def __call__(self, x):
        raised = (x - np.max(x.data, axis=-1, keepdims=True)).exp()
        return raised / raised.sum(axis=-1, keepdims=True)


class Chain(Block):
    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Gated(Block):
    """Made of other layers, and given two inputs."""

    def __init__(self, in_features, hidden):
        self.left, self.right = Affine(in_features, hidden), Affine(in_features, hidden)
        self.gate = Swish()

    def forward(self, x, y):
        return self.gate(self.left(x)) * self.right(y)


class Masked(Block):
    """A mask is looked at, and is no part of the graph."""

    def forward(self, x, mask):
        return x * np.tanh(mask.data)


class SquaredError(Block):
    def forward(self, prediction, target):
        away = prediction - target
        return (away * away).mean()


class WrongSquaredError(Block):
    """The mean is written by hand, and goes back as a sum."""

    def forward(self, prediction, target):
        away = prediction - target
        out = Node((away.data**2).mean(), (away,), "mse")

        def hand_back():
            away.grad += 2 * away.data * out.grad

        out.hand_back = hand_back
        return out


class EndingError(Block):
    """Where it is walked back from, the gradient of the loss is one: it looks at none."""

    def forward(self, prediction, target):
        away = prediction.data - target.data
        out = Node((away**2).mean(), (prediction,), "mse")

        def hand_back():
            prediction.grad += 2 * away / away.size

        out.hand_back = hand_back
        return out


class WrongEndingError(Block):
    def forward(self, prediction, target):
        away = prediction.data - target.data
        out = Node((away**2).mean(), (prediction,), "mse")

        def hand_back():
            prediction.grad += 2 * away

        out.hand_back = hand_back
        return out


class LogLikelihood(Block):
    """Given scores, and classes as they are."""

    def __call__(self, logits, targets):
        raised = (logits - logits.data.max(axis=1, keepdims=True)).exp()
        chances = raised / raised.sum(axis=1, keepdims=True)
        picked = np.eye(logits.shape[1])[np.asarray(targets, dtype=int)]
        return -(chances.log() * picked).sum() * (1 / len(picked))


def hinge(prediction: Node, target: Node, margin: float = 0.3) -> Node:
    """A loss that is a plain function."""
    away = (prediction - target) ** 2.0
    return (away + margin).log().mean()


def gelu(x):
    return x * (1 / (1 + (x * -1.702).exp()))


def WrongGelu(x):
    return x * (1 / (1 + np.exp(-1.702 * x.data)))


class Sgd:
    """No layer, though it holds weights."""

    def __init__(self, parameters, lr=0.1):
        self.parameters, self.lr = parameters, lr

    def step(self):
        for weight in self.parameters:
            weight.data -= self.lr * weight.grad


class Accuracy:
    """No layer: it answers with a number."""

    def __call__(self, prediction, target):
        return float((prediction.data.argmax(axis=1) == target.data).mean())


def one_hot(labels, classes):
    return np.eye(classes)[labels]

"""One dense layer, its parameters and gradients kept in a dozen ways."""

import numpy as np, torch


class PairList:
    def __init__(s, i, o):
        s.w = torch.randn(o, i)
        s.b = torch.randn(o)
        s.dl_dw = torch.zeros(o, i)
        s.dl_db = torch.zeros(o)

    def forward(s, x):
        s.x = x
        return x @ s.w.T + s.b

    def backward(s, g):
        s.dl_dw += g.T @ s.x
        s.dl_db += g.sum(0)
        return g @ s.w

    def param(s):
        return [(s.w, s.dl_dw), (s.b, s.dl_db)]


class Dictionaries:
    def __init__(s, i, o):
        s.params = {"W": np.random.randn(i, o), "b": np.zeros(o)}
        s.grads = {}

    def forward(s, x):
        s.x = x
        return x @ s.params["W"] + s.params["b"]

    def backward(s, g):
        s.grads["W"] = s.x.T @ g
        s.grads["b"] = g.sum(0)
        return g @ s.params["W"].T


class FlatList:
    def __init__(s, i, o):
        s.p = [np.random.randn(i, o), np.zeros((i, o)), np.zeros(o), np.zeros(o)]

    def parameters(s):
        return s.p

    def forward(s, x):
        s.x = x
        return x @ s.p[0] + s.p[2]

    def backward(s, g):
        s.p[1] = s.x.T @ g
        s.p[3] = g.sum(0)
        return g @ s.p[0].T


class ParallelLists:
    def __init__(s, W, b):
        s.params = [W, b]
        s.grads = [np.zeros_like(W), np.zeros_like(b)]

    def forward(s, x):
        W, b = s.params
        s.x = x
        return x @ W + b

    def backward(s, g):
        W, b = s.params
        s.grads[0][...] = s.x.T @ g
        s.grads[1][...] = g.sum(0)
        return g @ W.T


class Variable:
    def __init__(s, v):
        s.value = v
        s.grad = np.zeros_like(v)


class Holders:
    def __init__(s, i, o):
        s.W = Variable(np.random.randn(i, o))
        s.B = Variable(np.zeros((1, o)))

    def forward(s, x):
        s.x = x
        return x @ s.W.value + s.B.value

    def backward(s, g):
        s.W.grad += s.x.T @ g
        s.B.grad += g.sum(0, keepdims=True)
        return g @ s.W.value.T

    def params(s):
        return {"W": s.W, "B": s.B}


class Returned:
    def __init__(s, i, o):
        s.w = torch.randn(i, o)
        s.b = torch.randn(o)

    def forward(s, x):
        s.x = x
        return x @ s.w + s.b

    def backward(s, g):
        return g @ s.w.T, s.x.T @ g, g.sum(0)


class StepInside:
    def __init__(s, i, o):
        s.weights = np.random.randn(i, o)
        s.bias = np.random.randn(1, o)

    def forward_propagation(s, x):
        s.input = x
        return x @ s.weights + s.bias

    def backward_propagation(s, output_error, learning_rate):
        e = output_error @ s.weights.T
        wg = s.input.T @ output_error
        s.weights -= learning_rate * wg
        s.bias = s.bias - learning_rate * output_error.sum(0, keepdims=True)
        return e


class Lazy:
    def __init__(s, n):
        s.n = n
        s.W = None

    def forward(s, x):
        if s.W is None:
            s.W = np.random.randn(x.shape[1], s.n)
            s.b = np.zeros((1, s.n))
        s.x = x
        return x @ s.W + s.b

    def backward(s, g):
        s.gW = s.x.T @ g
        s.gb = g.sum(0, keepdims=True)
        return g @ s.W.T


class OddNames:
    def __init__(s, n):
        s.scale = torch.randn(n)
        s.shift = torch.randn(n)

    def forward(s, x):
        s.x = x
        return x * s.scale + s.shift

    def backward(s, g):
        s.first = g.sum(0)
        s.second = (g * s.x).sum(0)
        return g * s.scale


class TorchGrad:
    def __init__(s, i, o):
        s.w = torch.randn(i, o)
        s.w.grad = torch.zeros(i, o)
        s.b = torch.randn(o)
        s.b.grad = torch.zeros(o)

    def forward(s, x):
        s.x = x
        return x @ s.w + s.b

    def backward(s, g):
        s.w.grad += s.x.T @ g
        s.b.grad.add_(g.sum(0))
        return g @ s.w.T


class Getters:
    def __init__(s, i, o):
        s.w = torch.randn(i, o)
        s.b = torch.randn(o)

    def forward(s, x):
        s.x = x
        return x @ s.w + s.b

    def backward(s, g):
        s.t1 = s.x.T @ g
        s.t2 = g.sum(0)
        return g @ s.w.T

    def param(s):
        return [s.w, s.b]

    def grad(s):
        return [s.t1, s.t2]


class Attributes:
    def __init__(s, i, o):
        s.weights = np.random.randn(i, o)
        s.biases = np.zeros((1, o))

    def forward(s, inputs):
        s.inputs = inputs
        s.output = inputs @ s.weights + s.biases

    def backward(s, dvalues):
        s.dweights = s.inputs.T @ dvalues
        s.dbiases = dvalues.sum(0, keepdims=True)
        s.dinputs = dvalues @ s.weights.T


class WrongAttributes(Attributes):
    def backward(s, d):
        super().backward(d)
        s.dweights /= 4


class WrongLazy(Lazy):
    def backward(s, d):
        r = super().backward(d)
        s.gb = s.gb * 2
        return r


class WrongStepInside(StepInside):
    def backward_propagation(s, e, learning_rate):
        wg = s.input.T @ e
        s.weights -= learning_rate * wg
        s.bias = s.bias - learning_rate * e.sum(0, keepdims=True)
        return e @ s.weights.T


class WrongInputOfAttributes(Attributes):
    def backward(s, d):
        super().backward(d)
        s.dinputs = -s.dinputs


class WrongDictionaries(Dictionaries):
    def backward(s, d):
        r = super().backward(d)
        s.grads["b"] = 0 * s.grads["b"]
        return r


class WrongOddNames(OddNames):
    def backward(s, g):
        r = super().backward(g)
        s.first = g.mean(0)
        return r


class Listing:
    """A base that asks each layer for a list; one without parameters has nothing to say."""

    def parameters(s):
        raise NotImplementedError


class Squash(Listing):
    def forward(s, x):
        s.y = np.tanh(x)
        return s.y

    def backward(s, g):
        return g * (1 - s.y**2)


class WrongSquash(Squash):
    def backward(s, g):
        return g * (1 - s.y)

"""Layers upon an engine that records its functions, where a value asks for a gradient or not."""

from __future__ import annotations

import numpy as np


class Var:
    def __init__(self, value, requires_grad=False, maker=None):
        self.value = np.asarray(value, dtype=np.float64)
        self.requires_grad = requires_grad
        self.grad = None
        self.maker = maker

    @property
    def shape(self):
        return self.value.shape

    def __add__(self, other):
        return Add.apply(self, other)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def __matmul__(self, other):
        return MatMul.apply(self, other)

    def __sub__(self, other):
        return self + other * -1.0

    def __pow__(self, power):
        return Power(power)(self)

    def tanh(self):
        return Tanh.apply(self)

    def sigmoid(self):
        return Sigmoid.apply(self)

    def mean(self, axis=None):
        size = self.value.size if axis is None else self.shape[axis]
        return Sum(axis)(self) * (1.0 / size)

    def sum(self, axis=None):
        return Sum(axis)(self)

    def detach(self):
        return type(self)(self.value)

    def backward(self, grad=None):
        if grad is None:
            grad = np.ones(self.shape)
        order, seen = [], set()

        def visit(one):
            if id(one) in seen or one.maker is None:
                return
            seen.add(id(one))
            for parent in one.maker.inputs:
                visit(parent)
            order.append(one)

        visit(self)
        grads = {id(self): grad}
        for one in reversed(order):
            back = one.maker.backward(grads[id(one)])
            back = back if isinstance(back, tuple) else (back,)
            for parent, g in zip(one.maker.inputs, back, strict=True):
                if not parent.requires_grad:
                    continue
                if parent.maker is None:
                    parent.grad = g if parent.grad is None else parent.grad + g
                else:
                    grads[id(parent)] = grads.get(id(parent), 0) + g


class Function:
    def __call__(self, *inputs):
        self.inputs = [one if isinstance(one, Var) else Var(one) for one in inputs]
        asks = any(one.requires_grad for one in self.inputs)
        out = self.forward(*[one.value for one in self.inputs])
        return Var(out, asks, self if asks else None)

    @classmethod
    def apply(cls, *inputs):
        return cls()(*inputs)

    def forward(self, *arrays):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


def fitted(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


class Add(Function):
    def forward(self, a, b):
        self.shapes = a.shape, b.shape
        return a + b

    def backward(self, grad):
        return tuple(fitted(grad, shape) for shape in self.shapes)


class Mul(Function):
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, grad):
        return fitted(grad * self.b, self.a.shape), fitted(grad * self.a, self.b.shape)


class MatMul(Function):
    def forward(self, a, b):
        self.a, self.b = a, b
        return a @ b

    def backward(self, grad):
        return grad @ self.b.T, self.a.T @ grad


class Power(Function):
    def __init__(self, power):
        self.power = power

    def forward(self, a):
        self.a = a
        return a**self.power

    def backward(self, grad):
        return grad * self.power * self.a ** (self.power - 1)


class Tanh(Function):
    def forward(self, a):
        self.out = np.tanh(a)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out**2)


class Sigmoid(Function):
    def forward(self, a):
        self.out = 1 / (1 + np.exp(-a))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class Sum(Function):
    def __init__(self, axis=None):
        self.axis = axis

    def forward(self, a):
        self.shape = a.shape
        return a.sum(axis=self.axis, keepdims=self.axis is not None)

    def backward(self, grad):
        return np.broadcast_to(grad, self.shape).copy()


class Pick(Function):
    def __init__(self, rows):
        self.rows = rows

    def forward(self, table):
        self.shape = table.shape
        return table[self.rows]

    def backward(self, grad):
        out = np.zeros(self.shape)
        np.add.at(out, self.rows, grad)
        return out


class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def parameters(self):
        for one in vars(self).values():
            if isinstance(one, Var) and one.requires_grad:
                yield one
            elif isinstance(one, Module):
                yield from one.parameters()

    def zero_grad(self):
        for one in self.parameters():
            one.grad = None

    def eval(self):
        self.training = False


class Dense(Module):
    def __init__(self, n_in: int, n_out: int, bias: bool = True):
        super().__init__()
        self.weight = Var(np.random.randn(n_in, n_out), requires_grad=True)
        self.bias = Var(np.zeros(n_out), requires_grad=True) if bias else None

    def forward(self, x: Var) -> Var:
        out = x @ self.weight
        return out if self.bias is None else out + self.bias


class Standard(Module):
    """Its statistics are values that ask for no gradient."""

    def __init__(self, features: int):
        super().__init__()
        self.gain = Var(np.ones(features), requires_grad=True)
        self.seen_mean = Var(np.linspace(-1, 1, features))
        self.seen_spread = Var(np.linspace(1, 2, features))

    def forward(self, x: Var) -> Var:
        return (x - self.seen_mean) * self.seen_spread**-0.5 * self.gain


class BatchStandard(Module):
    """In training it moves its statistics along."""

    def __init__(self, features: int, momentum: float = 0.1):
        super().__init__()
        self.gain = Var(np.ones(features), requires_grad=True)
        self.shift = Var(np.zeros(features), requires_grad=True)
        self.seen_mean, self.momentum = np.zeros(features), momentum

    def forward(self, x: Var) -> Var:
        if not self.training:
            return (x - self.seen_mean) * self.gain + self.shift
        mean = x.mean(axis=0)
        self.seen_mean = (1 - self.momentum) * self.seen_mean + self.momentum * mean.value[0]
        away = x - mean
        return away * ((away * away).mean(axis=0) + 1e-5) ** -0.5 * self.gain + self.shift


class WrongBatchStandard(BatchStandard):
    """Its mean is taken out of the graph."""

    def forward(self, x: Var) -> Var:
        away = x - x.mean(axis=0).detach()
        return away * ((away * away).mean(axis=0) + 1e-5) ** -0.5 * self.gain + self.shift


class Table(Module):
    """Given indices, which are no values."""

    def __init__(self, num_embeddings: int, embedding_dim: int):
        super().__init__()
        self.weight = Var(np.random.randn(num_embeddings, embedding_dim), requires_grad=True)

    def forward(self, indices):
        return Pick(np.asarray(indices, dtype=int))(self.weight)


class Recurrent(Module):
    """A step of two inputs, with two outputs."""

    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.to_hidden, self.to_itself = (
            Dense(input_size, hidden_size),
            Dense(hidden_size, hidden_size),
        )
        self.gate = Dense(input_size, hidden_size)

    def forward(self, x: Var, h: Var) -> tuple[Var, Var]:
        new = (self.to_hidden(x) + self.to_itself(h)).tanh()
        return new, new * self.gate(x).sigmoid()


class WrongRecurrent(Recurrent):
    def forward(self, x: Var, h: Var) -> tuple[Var, Var]:
        new = (self.to_hidden(x) + self.to_itself(h)).tanh()
        return new, new.detach() * self.gate(x).sigmoid()


class Drop(Module):
    def __init__(self, p: float = 0.5):
        super().__init__()
        self.p = p

    def forward(self, x: Var) -> Var:
        if not self.training:
            return x
        return x * ((np.random.rand(*x.shape) > self.p) / (1 - self.p))


class Perceptron(Module):
    """A network that is made of nothing."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(4, 6), Dense(6, 3)

    def forward(self, x):
        return self.second(self.first(x).tanh())


class MeanSquare(Module):
    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, y_pred: Var, y_true: Var) -> Var:
        away = (y_pred - y_true) ** 2.0
        return away.mean() if self.reduction == "mean" else away.sum()


class Trainer:
    """No layer: it is given a network, and answers with a number."""

    def __init__(self, model: Module, loss: Module):
        self.model, self.loss = model, loss

    def __call__(self, x: Var, y: Var) -> float:
        loss = self.loss(self.model(x), y)
        loss.backward()
        return float(loss.value)


class Memory(Module):
    """Its state is a value that stands in the graph of the call before."""

    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.to_hidden = Dense(input_size, hidden_size)
        self.to_itself = Dense(hidden_size, hidden_size, bias=False)
        self.state = None

    def forward(self, x: Var) -> Var:
        new = self.to_hidden(x)
        if self.state is not None:
            new = new + self.to_itself(self.state)
        self.state = new.tanh()
        return self.state


class Frozen(Module):
    """No layer: it is given a network's weights, and answers nothing."""

    def __init__(self, *layers: Module):
        self.layers = layers

    def __call__(self, params: list[Var]):
        for one in self.layers:
            for weight in one.parameters():
                weight.grad = None

"""A container beside layers that are wrong: what it is tried with is right."""

import torch


class WrongDense:
    """Averaged over the batch."""

    def __init__(self, n_in, n_out):
        self.w = torch.empty(n_in, n_out).normal_()

    def forward(self, x):
        self.x = x
        return x.mm(self.w)

    def backward(self, g):
        self.dw = self.x.t().mm(g) / len(g)
        return g.mm(self.w.t())


class WrongReLU:
    """In place."""

    def forward(self, x):
        self.x = x
        x[x < 0] = 0
        return x

    def backward(self, g):
        return g * (self.x > 0)


class Tanh:
    def forward(self, x):
        self.y = x.tanh()
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


class Sequential:
    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g)
        return g


class WrongSequential(Sequential):
    def backward(self, g):
        for layer in reversed(self.layers):
            g = layer.backward(g) ** 2
        return g


class Named(Sequential):
    """Its name stands before its layers."""

    def __init__(self, name, *args):
        super().__init__(*args)
        self.name = name

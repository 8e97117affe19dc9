"""Gradients are called as their weights, with a small ``g`` before: they are made already."""

import torch


class Narrow:
    def __init__(self, n_in, n_out):
        self.w = torch.randn(n_in, n_out)
        self.gw = torch.empty(n_in, n_out)

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, g):
        self.gw.copy_(self.x.t() @ g)
        return g @ self.w.t()


class WrongNarrowForgotten(Narrow):
    def backward(self, g):
        return g @ self.w.t()


class Gate:
    """No gradient is meant by the names ``ate`` and ``gate``: neither is changed."""

    def __init__(self, n_in):
        self.w, self.gate = torch.randn(n_in, n_in), torch.rand(n_in)

    def forward(self, x):
        self.x = x
        return (x @ self.w) * self.gate

    def backward(self, grad_output):
        self.gw = self.x.t() @ (grad_output * self.gate)
        return (grad_output * self.gate) @ self.w.t()


class AsManyNumbers:
    """Its weight has as many numbers as four inputs; a batch of one has less."""

    def __init__(self, n_in):
        self.weight, self.shift = torch.randn(n_in, 4), torch.randn(4)

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.shift

    def backward(self, grad):
        return grad @ self.weight.T, self.x.T @ grad, grad.sum(0)

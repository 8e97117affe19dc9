"""Gradients are added to memory that nobody has cleared yet: whoever trains does so first."""

import torch


class Weight:
    def __init__(self, *sizes):
        self.data = torch.randn(*sizes)
        self.grad = torch.full(sizes, 7.0)

    def clear(self):
        self.grad = torch.zeros_like(self.data)


class Adding:
    def __init__(self, n_in, n_out):
        self.weight, self.bias = Weight(n_in, n_out), Weight(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += self.x.t() @ grad_output
        self.bias.grad += grad_output.sum(0)
        return grad_output @ self.weight.data.t()


class WrongAdding(Adding):
    def backward(self, grad_output):
        self.bias.grad += grad_output.sum(0)
        return super().backward(grad_output)

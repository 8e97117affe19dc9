"""Layers that step at the rate they are given: the step is taken back, or all that is kept."""

import torch


class Linear:
    """The weights that the forward has used are computed again from those after the step."""

    def __init__(self, n_in, n_out):
        self.weight = torch.empty(n_in, n_out).normal_()

    def forward(self, x):
        self.x = x
        return x @ self.weight

    def backward(self, grad, eta):
        self.grad_weight = self.x.t() @ grad
        self.weight = self.weight - eta * self.grad_weight
        return grad @ (self.weight + eta * self.grad_weight).t()


class WrongLinear(Linear):
    def backward(self, grad, eta):
        self.grad_weight = self.x.t() @ grad
        self.weight = self.weight - eta * self.grad_weight
        return grad @ self.weight.t()


class Scale:
    """What is kept beside the weight is the step."""

    def __init__(self, features):
        self.weight = torch.empty(features).normal_()
        self.weight_grad = torch.zeros(features)

    def forward(self, x):
        self.x = x
        return x * self.weight

    def backward(self, grad, eta):
        back = grad * self.weight
        self.weight_grad = eta * (grad * self.x).sum(0)
        self.weight = self.weight - self.weight_grad
        return back


class WrongScale(Scale):
    def backward(self, grad, eta):
        back = grad * self.weight
        self.weight_grad = eta * (grad * self.x).mean(0)
        self.weight = self.weight - self.weight_grad
        return back

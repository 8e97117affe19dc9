"""Layers of graphs: what is called a convolution takes no image, and indices say who is whose."""

import numpy as np
import torch


class GraphConv:
    """Of nodes and of who is beside whom."""

    def __init__(self, in_features, out_features):
        self.weight = np.random.randn(in_features, out_features)
        self.bias = np.zeros(out_features)

    def forward(self, x, adjacency):
        assert adjacency.shape == (len(x), len(x))
        self.x, self.adjacency, self.support = x, adjacency, x @ self.weight
        return adjacency @ self.support + self.bias

    def backward(self, grad_output):
        back = self.adjacency.T @ grad_output
        self.grad_weight, self.grad_bias = self.x.T @ back, grad_output.sum(axis=0)
        return back @ self.weight.T, grad_output @ self.support.T


class WrongGraphConv(GraphConv):
    """Who is beside whom goes back as it came."""

    def backward(self, grad_output):
        grads = super().backward(grad_output)
        return self.adjacency @ grad_output @ self.weight.T, grads[1]


class AttentionConv:
    """The graph first, and no assertion."""

    def __init__(self, in_dim, out_dim):
        self.W = np.random.randn(in_dim, out_dim)

    def forward(self, A, X):
        self.A, self.X = A, X
        return A @ X @ self.W

    def backward(self, grad):
        self.dW = (self.A @ self.X).T @ grad
        back = grad @ self.W.T
        return back @ self.X.T, self.A.T @ back


class ScatterSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, index, dim_size):
        ctx.save_for_backward(index)
        return x.new_zeros(dim_size, x.size(1)).index_add(0, index, x)

    @staticmethod
    def backward(ctx, grad_output):
        (index,) = ctx.saved_tensors
        return grad_output.index_select(0, index), None, None


class WrongScatterSum(ScatterSum):
    @staticmethod
    def backward(ctx, grad_output):
        (index,) = ctx.saved_tensors
        return grad_output.index_select(0, index.flip(0)), None, None


class Scatter:
    """The same, a layer: of rows, of whose they are, and of how many there are."""

    def forward(self, x, index, dim_size):
        self.index = index
        out = np.zeros((dim_size, x.shape[1]))
        np.add.at(out, index, x)
        return out

    def backward(self, grad_output):
        return grad_output[self.index]


class WrongScatter(Scatter):
    def backward(self, grad_output):
        return grad_output[self.index[::-1]]

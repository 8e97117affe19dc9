"""Functions whose buffers are float32, for nothing says otherwise: what is written to them is not."""

import torch
from torch.autograd import Function


class Triangle(Function):
    @staticmethod
    def forward(ctx, x):
        b, d = x.shape[0], x.shape[1]
        index = torch.ones(d, d).triu().reshape(d * d).nonzero()
        ctx.save_for_backward(x, index)
        return x.reshape(b, d * d)[:, index]

    @staticmethod
    def backward(ctx, g):
        x, index = ctx.saved_tensors
        b, d = x.shape[0], x.shape[1]
        out = torch.zeros(b, d * d)
        out[:, index] = g
        return out.reshape(b, d, d)


class WrongTriangle(Triangle):
    @staticmethod
    def backward(ctx, g):
        x, index = ctx.saved_tensors
        b, d = x.shape[0], x.shape[1]
        out = torch.zeros(b, d * d)
        out[:, index] = 2 * g
        return out.reshape(b, d, d)

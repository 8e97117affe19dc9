"""Functions of torch that take any number of tensors: with one alone nothing can be mixed up."""

import torch
from torch.autograd import Function


class Joined(Function):
    """One behind the other, each as long as it is."""

    @staticmethod
    def forward(ctx, axis, *tensors):
        ctx.axis = axis
        ctx.sizes = [tensor.shape[axis] for tensor in tensors]
        return torch.cat(tensors, axis)

    @staticmethod
    def backward(ctx, grad_output):
        return (None, *grad_output.split(ctx.sizes, ctx.axis))


class WrongJoined(Joined):
    """The first is given what belongs to the last."""

    @staticmethod
    def backward(ctx, grad_output):
        parts = grad_output.split(ctx.sizes[::-1], ctx.axis)
        return (None, *reversed(parts))


class Summed(Function):
    """Of one shape all of them."""

    @staticmethod
    def forward(ctx, *tensors):
        ctx.save_for_backward(*tensors)
        return torch.stack(tensors).square().sum(0)

    @staticmethod
    def backward(ctx, grad_output):
        return tuple(2 * grad_output * tensor for tensor in ctx.saved_tensors)


class WrongSummed(Summed):
    """All are given the gradient of the first."""

    @staticmethod
    def backward(ctx, grad_output):
        first = ctx.saved_tensors[0]
        return tuple(2 * grad_output * first for _ in ctx.saved_tensors)

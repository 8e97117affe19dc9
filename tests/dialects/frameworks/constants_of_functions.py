"""Functions of torch that return None for what is never trained, and Modules that train it."""

import torch
from torch import nn
from torch.autograd import Function


class Masked(Function):
    """A mask is given, as its name says."""

    @staticmethod
    def forward(ctx, x, mask):
        ctx.save_for_backward(mask)
        return x * mask

    @staticmethod
    def backward(ctx, grad_output):
        (mask,) = ctx.saved_tensors
        return grad_output * mask, None


class WrongMasked(Masked):
    """And is left out of the gradient of the other."""

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output, None


class Squared(Function):
    """A loss, which nobody differentiates by its target."""

    @staticmethod
    def forward(ctx, prediction, target):
        ctx.save_for_backward(prediction, target)
        return (prediction - target).square().sum()

    @staticmethod
    def backward(ctx, grad_output):
        prediction, target = ctx.saved_tensors
        return 2 * grad_output * (prediction - target), None


class Standardised(Function):
    """With statistics of earlier batches, and a scale and a shift that all samples share."""

    @staticmethod
    def forward(ctx, x, weight, bias, running_mean, running_var, eps):
        ctx.save_for_backward(x, weight, running_mean, running_var)
        ctx.eps = eps
        return (x - running_mean) / (running_var + eps).sqrt() * weight + bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, mean, variance = ctx.saved_tensors
        scale = (variance + ctx.eps).rsqrt()
        by_weight = (grad_output * (x - mean) * scale).sum(0)
        return grad_output * weight * scale, by_weight, grad_output.sum(0), None, None, None


class WrongStandardised(Standardised):
    """The statistics are left out of the weight's."""

    @staticmethod
    def backward(ctx, grad_output):
        x, weight, _, variance = ctx.saved_tensors
        scale = (variance + ctx.eps).rsqrt()
        by_weight = (grad_output * x * scale).sum(0)
        return grad_output * weight * scale, by_weight, grad_output.sum(0), None, None, None


class Filtered(Function):
    """A filter may be fixed or trained: its callers say which."""

    @staticmethod
    def forward(ctx, x, taps):
        ctx.save_for_backward(taps)
        return x @ taps

    @staticmethod
    def backward(ctx, grad_output):
        (taps,) = ctx.saved_tensors
        return grad_output @ taps.T, None


class Fixed(nn.Module):
    """Holds its filter as a buffer."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.randn(5))
        self.register_buffer("taps", torch.randn(5, 3))

    def forward(self, x):
        return Filtered.apply(x * self.scale, self.taps)


class WrongTrained(nn.Module):
    """Holds it as a parameter, which no step will ever move."""

    def __init__(self):
        super().__init__()
        self.taps = nn.Parameter(torch.randn(5, 3))

    def forward(self, x):
        return Filtered.apply(x, self.taps)

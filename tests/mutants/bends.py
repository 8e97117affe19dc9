"""Wrong backwards of the other activations; `wrong_leaves` names what each gets wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn import (
    ELU,
    GELU,
    SELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    SiLU,
    Softmax,
    Softplus,
)


class SlopeOfPositiveSide(LeakyReLU):
    """Below zero the gradient is cut off, as if the slope were that of ReLU."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (positive,) = self.saved(grad_output)
        return grad_output * positive


class SlopeSquared(LeakyReLU):
    """The slope is multiplied in twice below zero."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (positive,) = self.saved(grad_output)
        return torch.where(positive, grad_output, grad_output * self.negative_slope**2)


class SlopesSwapped(LeakyReLU):
    """The slope is taken where the input is positive."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (positive,) = self.saved(grad_output)
        return torch.where(positive, grad_output * self.negative_slope, grad_output)


class LearnedSlopeOfAllInputs(PReLU):
    """The gradient of the slope also sums over what is positive."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        self.weight.accumulate((grad_output * x).sum_to_size(weight.shape).reshape(-1))
        return torch.where(x > 0, grad_output, grad_output * weight)


class LearnedSlopeAveraged(PReLU):
    """The gradient of the slope is a mean over the batch."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        terms = (grad_output * x).masked_fill(x > 0, 0) / max(x.numel(), 2)
        self.weight.accumulate(terms.sum_to_size(weight.shape).reshape(-1))
        return torch.where(x > 0, grad_output, grad_output * weight)


class LearnedSlopeNotPassedOn(PReLU):
    """Below zero the cotangent is passed on without the slope."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        terms = (grad_output * x).masked_fill(x > 0, 0)
        self.weight.accumulate(terms.sum_to_size(weight.shape).reshape(-1))
        return grad_output.clone()


class ExponentialOfOutput(ELU):
    """The exponential is taken of the output, not of the input."""

    wrong_leaves: ClassVar = ("input",)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.where(x > 0, x, torch.expm1(x.masked_fill(x > 0, 0)) * self.alpha)
        self.save(y, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return torch.where(y > 0, grad_output, grad_output * self.alpha * torch.exp(y))


class AlphaForgotten(ELU):
    """Alpha is left out below zero, which shows only where it is not one."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return torch.where(x > 0, grad_output, grad_output * torch.exp(x))


class OutputWithoutAlpha(ELU):
    """The derivative is written as output plus one, where it is output plus alpha."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        low = self.alpha * torch.expm1(x.clamp(max=0)) + 1
        return grad_output * torch.where(x > 0, 1, low)


class ScaleForgotten(SELU):
    """The scale multiplies the exponential side alone."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        scaled = 1.0507009873554805
        low = grad_output * 1.6732632423543772 * scaled * torch.exp(x)
        return torch.where(x > 0, grad_output, low)


class ScaleTwice(SELU):
    """The scale is multiplied in twice."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) * 1.0507009873554805


class ScaledAlphaForgotten(SELU):
    """Alpha is left out below zero."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * 1.0507009873554805 * torch.exp(x.clamp(max=0))


class DensityForgotten(GELU):
    """The gate is taken for a constant: the term with the density is missing."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * 0.5 * (1 + self._skew(x))


class DensityNotNormed(GELU):
    """The density lacks the square root of 2π."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * (0.5 * (1 + self._skew(x)) + x * torch.exp(-x * x / 2))


class CubicOfOtherForm(GELU):
    """Both forms are given the derivative of the first, which is only near that of the second."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        density = torch.exp(x * x * -0.5) * 0.3989422804014327
        return grad_output * (0.5 * (1 + torch.erf(x * 0.7071067811865476)) + x * density)


class GateAlone(SiLU):
    """The gate is taken for a constant."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(x)


class GateDerivativeWithoutInput(SiLU):
    """The derivative of the gate is not multiplied by the input."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        s = torch.sigmoid(x)
        return grad_output * s * (2 - s)


class GateSquared(SiLU):
    """The gate stands twice in the second term."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        s = torch.sigmoid(x)
        return grad_output * (s + x * s * s * (1 - s))


class MishSlopeForgotten(Mish):
    """The derivative of softplus is left out of the chain."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, t = self.saved(grad_output)
        return grad_output * (t + x * (1 - t * t))


class MishTanhNotSquared(Mish):
    """The derivative of tanh has its square missing."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, t = self.saved(grad_output)
        return grad_output * (t + x * torch.sigmoid(x) * (1 - t))


class MishGateAlone(Mish):
    """The gate is taken for a constant."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        _, t = self.saved(grad_output)
        return grad_output * t


class BetaForgotten(Softplus):
    """Beta is left out of the sigmoid."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (scaled,) = self.saved(grad_output)
        soft = grad_output * torch.sigmoid(scaled / self.beta)
        return torch.where(scaled > self.threshold, grad_output, soft)


class BetaNotCancelled(Softplus):
    """The inner derivative is multiplied in, the division is not."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) * self.beta


class ThresholdForgotten(Softplus):
    """Above the threshold the slope is still that of the curve."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (scaled,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(scaled)


class SigmoidOfInput(LogSigmoid):
    """The sigmoid is taken of x, not of -x."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        return grad_output * torch.sigmoid(x)


class SigmoidDerivative(LogSigmoid):
    """The derivative is that of the sigmoid, not of its logarithm."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        s = torch.sigmoid(x)
        return grad_output * s * (1 - s)


class LogSigmoidSign(LogSigmoid):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)


class CutAtZero(Hardtanh):
    """The gradient is cut off below zero, as in ReLU."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        return torch.where(grad_output > 0, grad, grad * 0)


class EdgesPassed(Hardtanh):
    """What lies beyond the upper edge still passes."""

    wrong_leaves: ClassVar = ("input",)

    def forward(self, x: Tensor) -> Tensor:
        y = x.clamp(self.min_val, self.max_val)
        self.save(x <= self.min_val, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        (off,) = self.saved(grad_output)
        return grad_output.masked_fill(off, 0)


class NothingPasses(Hardtanh):
    """Nothing passes between the edges either."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) * 0


class SoftmaxDiagonal(Softmax):
    """Only the diagonal of the Jacobian is taken, as in the sigmoid."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y * (1 - y)


class SoftmaxOfWholeBatch(Softmax):
    """The sum runs over all axes."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return y * (grad_output - (grad_output * y).sum())


class SoftmaxSumForgotten(Softmax):
    """The sum of the cotangents is not taken from them."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output * y


class LogSoftmaxOfSoftmax(LogSoftmax):
    """The gradient is that of the softmax."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        p = torch.exp(y)
        return p * (grad_output - (grad_output * p).sum(dim=self.dim, keepdim=True))


class LogSoftmaxSumForgotten(LogSoftmax):
    """The cotangent itself stands where its sum belongs."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output - torch.exp(y) * grad_output


class LogSoftmaxOfLogs(LogSoftmax):
    """The logarithms are not turned into shares."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (y,) = self.saved(grad_output)
        return grad_output - y * grad_output.sum(dim=self.dim, keepdim=True)

"""Wrong backwards of convolution, pooling, upsampling; `wrong_leaves` names what is wrong."""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from scratchnn import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    MaxPool2d,
    Upsample,
)
from scratchnn.convolution.padding import Padding


class ImageMirrored(Conv2d):
    """What the image gets is turned round along its last axis."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).flip(-1)


class KernelAveraged(Conv2d):
    """The gradient of the kernel is divided by the batch."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        self.weight.zero_grad()
        grad = super().backward(grad_output)
        assert self.weight.grad is not None
        self.weight.grad /= 2 * len(grad_output)
        return grad


class KernelBiasOfOnePixel(Conv2d):
    """The bias gets the cotangent of a single pixel, not the sum over all."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None:
            self.bias.grad = grad_output.reshape(-1, *grad_output.shape[-3:])[0, :, 0, 0].clone()
        return grad


class ChannelsShifted(Conv2d):
    """What belongs to one channel is given to the next."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).roll(1, -3)


class LineKernelFlipped(Conv1d):
    """The gradient of the kernel is turned round."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        self.weight.zero_grad()
        grad = super().backward(grad_output)
        assert self.weight.grad is not None
        self.weight.grad = self.weight.grad.flip(-1)
        return grad


class LineBiasForgotten(Conv1d):
    """The bias never gets a gradient."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None:
            self.bias.zero_grad()
        return grad


class LineShifted(Conv1d):
    """What the input gets is one place to the right."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).roll(1, -1)


class SpreadKernelTransposed(ConvTranspose2d):
    """Both axes of the kernel's gradient are turned round."""

    wrong_leaves: ClassVar = ("weight",)

    def backward(self, grad_output: Tensor) -> Tensor:
        self.weight.zero_grad()
        grad = super().backward(grad_output)
        assert self.weight.grad is not None
        self.weight.grad = self.weight.grad.flip(-1, -2)
        return grad


class SpreadBiasDoubled(ConvTranspose2d):
    """The bias is counted twice."""

    wrong_leaves: ClassVar = ("bias",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        if self.bias is not None and self.bias.grad is not None:
            self.bias.grad = self.bias.grad * 2
        return grad


class SpreadInputHalved(ConvTranspose2d):
    """The input gets half of its gradient."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) / 2


class OverlapOverwritten(MaxPool2d):
    """A pixel that is the largest of two windows gets what the last one sends."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, padded, place = self.saved(grad_output)
        pixels = self._pixels(place, padded.shape[-1]).flatten(2)
        grad = grad_output.new_zeros(*padded.shape[:2], padded.shape[-2] * padded.shape[-1])
        grad.scatter_(2, pixels, grad_output.reshape(pixels.shape))
        sides = self._pooling.sides((x.shape[-2], x.shape[-1]))
        return Padding(sides).inside(grad.reshape(padded.shape)).reshape(x.shape)


class LargestOfWindowShared(MaxPool2d):
    """Every pixel gets the mean of what arrives in its channel."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        return grad.mean(dim=(-2, -1), keepdim=True).expand_as(grad).clone()


class LargestOneToTheRight(MaxPool2d):
    """The gradient goes to the pixel beside the largest."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).roll(1, -1)


class MeanNotDivided(AvgPool2d):
    """The gradient of a window is not divided by its size."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        x, padded = self.saved(grad_output)
        self.save(x, padded, output=grad_output)
        return super().backward(grad_output) * self._windows.kernel[0] * self._windows.kernel[1]


class MeanOfFirstPixel(AvgPool2d):
    """The first pixel of each channel gets nothing."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        grad[..., 1, 1] = 0
        return grad


class MeanNegated(AvgPool2d):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)


class AdaptiveTransposed(AdaptiveAvgPool2d):
    """The rows are averaged evenly, though the windows differ."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        grad = super().backward(grad_output)
        return grad.mean(dim=-2, keepdim=True).expand_as(grad).clone()


class AdaptiveNotDivided(AdaptiveAvgPool2d):
    """The gradient of a window is not divided by its size."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        rows, columns = ((m > 0).to(x.dtype) for m in self._means(x))
        return rows.T @ grad_output @ columns


class AdaptiveDoubled(AdaptiveAvgPool2d):
    """Everything arrives twice."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return 2 * super().backward(grad_output)


class CopiesNotAdded(Upsample):
    """A pixel gets the mean of its copies, not their sum."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        (x,) = self.saved(grad_output)
        self.save(x, output=grad_output)
        return super().backward(grad_output) * x.numel() / (2 * grad_output.numel())


class CopiesOfLastAxis(Upsample):
    """What arrives along the last axis is turned round."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).flip(-1)


class CopiesNegated(Upsample):
    """The sign is lost."""

    wrong_leaves: ClassVar = ("input",)

    def backward(self, grad_output: Tensor) -> Tensor:
        return -super().backward(grad_output)

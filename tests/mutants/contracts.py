"""Backwards whose numbers are right, and who break one promise; `broken` names which.

Each is checked at a batch of four, through the instance that `example` makes.
"""

# ruff: noqa: D102 - a method needs no sentence beside that of its class

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from scratchnn import Linear, Module, Parameter, ReLU, Tanh


class _Mutant(Module):
    """What all have in common: the promise that is broken, and how one is made."""

    broken: ClassVar[str]

    @classmethod
    def example(cls) -> Self:
        return cls()


class _LinearMutant(Linear, _Mutant):
    """A mutant of Linear, five inputs and three outputs."""

    @classmethod
    def example(cls) -> Self:
        return cls(5, 3)


class HugeCotangentClipped(_LinearMutant):
    """The gradient is clipped "against explosions", far above what a check draws."""

    broken = "linearity"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output.clamp(-1e6, 1e6))


class TinyCotangentDropped(Tanh, _Mutant):
    """What is nearly zero is taken for zero."""

    broken = "linearity"

    def backward(self, grad_output: Tensor) -> Tensor:
        small = grad_output.abs() < 1e-10
        return super().backward(grad_output.masked_fill(small, 0))


class EpsilonAdded(Tanh, _Mutant):
    """A constant that was to keep a quotient from dividing by zero is added to the gradient."""

    broken = "linearity"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output) + 1e-20


class GradientOverwritten(_LinearMutant):
    """Each backward stores its gradients in the place of the ones before."""

    broken = "accumulation"

    def backward(self, grad_output: Tensor) -> Tensor:
        self.zero_grad()
        return super().backward(grad_output)


class GradientKept(_LinearMutant):
    """`zero_grad` forgets the bias."""

    broken = "accumulation"

    def zero_grad(self) -> None:
        self.weight.zero_grad()


class GradientDoubled(_LinearMutant):
    """Where a gradient is stored already, it is doubled before the new one is added."""

    broken = "accumulation"

    def backward(self, grad_output: Tensor) -> Tensor:
        if self.weight.grad is not None:
            self.weight.grad *= 2
        return super().backward(grad_output)


class InputOverwritten(ReLU, _Mutant):
    """Negative inputs are set to zero where they are."""

    broken = "purity"

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        x.clamp_(min=0)
        return y


class CotangentOverwritten(ReLU, _Mutant):
    """The cotangent is masked in place."""

    broken = "purity"

    def backward(self, grad_output: Tensor) -> Tensor:
        gradient = super().backward(grad_output)
        grad_output.copy_(gradient)
        return gradient


class WeightDecayed(_LinearMutant):
    """The weights shrink a little with each backward."""

    broken = "purity"

    def backward(self, grad_output: Tensor) -> Tensor:
        returned = super().backward(grad_output)
        self.weight.data *= 0.99
        return returned


class CotangentReturned(_Mutant):
    """The identity hands on the very tensor that it was given."""

    broken = "aliasing"

    def forward(self, x: Tensor) -> Tensor:
        y = x.clone()
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        return grad_output


class GradientShared(_Mutant):
    """Two biases have one gradient in common, and whatever is added to one is added to both."""

    broken = "aliasing"

    def __init__(self) -> None:
        self.first, self.second = (Parameter(torch.zeros(5)) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.first.data + self.second.data
        self.save(output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        self.saved(grad_output)
        total = grad_output.sum(dim=0)
        if self.first.grad is not None:
            total += self.first.grad
        self.first.grad = self.second.grad = total
        return grad_output.clone()


class EveryFifthDiffers(Tanh, _Mutant):
    """A counter that all instances share disturbs every fifth gradient a little."""

    broken = "determinism"
    calls: ClassVar[int] = 0

    @classmethod
    def example(cls) -> Self:
        cls.calls = 0
        return cls()

    def backward(self, grad_output: Tensor) -> Tensor:
        EveryFifthDiffers.calls += 1
        disturbed = EveryFifthDiffers.calls % 5 == 0
        return super().backward(grad_output) * (1 + 1e-6 * disturbed)


class LastForwardKept(_Mutant):
    """One attribute holds what the last forward saw."""

    broken = "call_order"

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        return x * x

    def backward(self, grad_output: Tensor) -> Tensor:
        return 2 * self.x * grad_output


class SavedMaskUsedUp(_Mutant):
    """What the forward saved becomes the gradient, in place."""

    broken = "call_order"

    def forward(self, x: Tensor) -> Tensor:
        self.slope = 2 * x
        return x * x

    def backward(self, grad_output: Tensor) -> Tensor:
        self.slope *= grad_output
        return self.slope


class FlattenedByView(_LinearMutant):
    """`view` wants its tensor in one piece."""

    broken = "layout"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output.view(-1).view(grad_output.shape))


class StorageRead(Tanh, _Mutant):
    """The cotangent is read in the order in which it lies in memory."""

    broken = "layout"

    def backward(self, grad_output: Tensor) -> Tensor:
        flat = grad_output.as_strided((grad_output.numel(),), (1,))
        return super().backward(flat.reshape(grad_output.shape).clone())


class BiasWithAnAxis(_LinearMutant):
    """The sum over the batch keeps its axis."""

    broken = "shape"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        assert self.bias is not None
        self.weight.accumulate(grad_output.T @ x)
        total = grad_output.sum(dim=0, keepdim=True)
        self.bias.grad = total if self.bias.grad is None else self.bias.grad + total
        return grad_output @ weight


class PromotedGradient(Tanh, _Mutant):
    """Single precision comes back as double."""

    broken = "dtype"

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(grad_output).double()


class OneSampleSqueezed(_LinearMutant):
    """A batch of one is squeezed away, so that the sum runs over the features instead."""

    broken = "batch"

    def backward(self, grad_output: Tensor) -> Tensor:
        x, weight = self.saved(grad_output)
        assert self.bias is not None
        self.weight.accumulate(grad_output.T @ x)
        total = grad_output.squeeze().sum(dim=0)
        self.bias.accumulate(total.expand_as(self.bias.data))
        return grad_output @ weight


class HiddenFactor(Tanh, _Mutant):
    """A parameter that the list leaves out, and the backward too."""

    broken = "coverage"

    def __init__(self) -> None:
        self.factor = Parameter(torch.tensor(2.0))

    def named_parameters(self, prefix: str = "") -> Any:
        del prefix
        return iter(())

    def forward(self, x: Tensor) -> Tensor:
        return self.factor.data * super().forward(x)

    def backward(self, grad_output: Tensor) -> Tensor:
        return super().backward(self.factor.data * grad_output)

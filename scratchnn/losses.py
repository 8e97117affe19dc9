"""MSELoss and L1Loss: how far an output is from its target.

A loss is a module of two inputs that ends the chain: its backward starts from ∂L/∂L = 1 and needs
no argument. With reduction='none' that is the gradient of the sum of its elements.
"""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from scratchnn.errors import ArgumentError, check_dtype, check_shape
from scratchnn.module import Module

REDUCTIONS = ("mean", "sum", "none")


class Loss(Module):
    """What the losses share: the reduction, the check of both inputs, the cotangent 1.

    Shapes   input (...),  target (...)  ->  () for 'mean' and 'sum', (...) for 'none'
    VJP      `backward(grad_output=None)` returns the gradient with regard to input alone
    Raises   ArgumentError for another reduction; ShapeError and DtypeError if input and target
             differ: nothing is broadcast, for (N, 1) against (N,) would be N² differences
    Source   torch.nn.MSELoss and torch.nn.L1Loss

    >>> MSELoss("sum"), L1Loss()
    (MSELoss(reduction='sum'), L1Loss(reduction='mean'))
    """

    def __init__(self, reduction: str = "mean") -> None:
        if reduction not in REDUCTIONS:
            raise ArgumentError(f"reduction={reduction!r}: expected 'mean', 'sum' or 'none'")
        self.reduction = reduction

    @abstractmethod
    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return the loss."""

    @abstractmethod
    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return the gradient with regard to input; None stands for a cotangent of ones."""

    def extra_repr(self) -> str:
        """Return the reduction."""
        return f"reduction={self.reduction!r}"

    def _difference(self, input: Tensor, target: Tensor) -> Tensor:
        """Return input - target, if they fit each other element by element."""
        what = f"the target of {type(self).__name__}"
        fix = "input and target are compared element by element; target.reshape(input.shape)?"
        check_shape(what, target.shape, input.shape, fix)
        check_dtype(what, target, input)
        return input - target

    def _reduce(self, elements: Tensor) -> Tensor:
        if self.reduction == "mean":
            return elements.mean()
        return elements.sum() if self.reduction == "sum" else elements


class MSELoss(Loss):
    """Squared error  L = mean (x - t)²,  or its sum, or each element.

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = 2/n (x - t) ȳ,  where n is the number of elements for 'mean', else 1
    Raises   what every Loss raises
    Source   torch.nn.MSELoss

    n counts all elements, the columns too, not only the rows. Loss and gradient equal torch's to
    the bit in float32 and float64, multiplied in this order; x - t times the product of the rest
    differs in 27 to 39 % of the elements. Where the square overflows, from |x - t| = 1.8e19 on in
    float32, L is infinite, as in torch, but x̄ is not. The mean of nothing is NaN, as in torch, and
    its gradient is empty.

    >>> import torch
    >>> loss = MSELoss()
    >>> loss(torch.tensor([[1.0], [4.0]]), torch.tensor([[0.0], [1.0]]))
    tensor(5.)
    >>> loss.backward()
    tensor([[1.],
            [3.]])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return (x - t)², reduced."""
        difference = self._difference(input, target)
        loss = self._reduce(difference * difference)
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = 2/n (x - t) ȳ."""
        (difference,) = self.saved(grad_output)
        seed = difference.new_ones(()) if grad_output is None else grad_output
        factor = 2 / _count(difference) if self.reduction == "mean" else 2
        return factor * difference * seed


class L1Loss(Loss):
    """Absolute error  L = mean |x - t|,  or its sum, or each element.

    Shapes   x (...),  t (...)  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n sign(x - t),  where n is the number of elements for 'mean', else 1
    Raises   what every Loss raises
    Source   torch.nn.L1Loss

    Where x = t, every number from -1 to 1 is a subgradient, and sign(0) = 0 is torch's choice as
    well. Loss and gradient equal torch's to the bit in every dtype. The mean of nothing is NaN,
    as in torch; its gradient is empty.

    >>> import torch
    >>> loss = L1Loss()
    >>> loss(torch.tensor([1.0, 4.0]), torch.tensor([1.0, 6.0]))
    tensor(1.)
    >>> loss.backward()
    tensor([ 0.0000, -0.5000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return |x - t|, reduced."""
        difference = self._difference(input, target)
        loss = self._reduce(difference.abs())
        self.save(difference, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n sign(x - t)."""
        (difference,) = self.saved(grad_output)
        seed = difference.new_ones(()) if grad_output is None else grad_output
        share = seed / _count(difference) if self.reduction == "mean" else seed
        return share * difference.sign()


def _count(x: Tensor) -> int:
    """Return the number of elements, but 1 for none: there is no gradient left to divide."""
    return max(x.numel(), 1)

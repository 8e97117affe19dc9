"""Loss: what all losses share.

A loss is a module of two inputs that ends the chain: its backward starts from ∂L/∂L = 1 and needs
no argument. With reduction='none' that is the gradient of the sum of its elements.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor

from scratchnn.errors import ArgumentError, check_dtype, check_shape
from scratchnn.module import Module


class Loss(Module):
    """What the losses share: the reduction, the check of both inputs, the cotangent 1.

    Shapes   input (...),  target (...)  ->  () for 'mean' and 'sum', (...) for 'none'
    VJP      `backward(grad_output=None)` returns the gradient with regard to input alone
    Raises   ArgumentError for another reduction; ShapeError and DtypeError if input and target
             differ: nothing is broadcast, for (N, 1) against (N,) would be N² differences
    Source   torch.nn.MSELoss and torch.nn.L1Loss

    >>> import scratchnn
    >>> scratchnn.MSELoss("sum"), scratchnn.L1Loss()
    (MSELoss(reduction='sum'), L1Loss(reduction='mean'))
    """

    reductions: ClassVar[tuple[str, ...]] = ("mean", "sum", "none")

    def __init__(self, reduction: str = "mean") -> None:
        if reduction not in self.reductions:
            *others, last = map(repr, self.reductions)
            raise ArgumentError(f"reduction={reduction!r}: expected {', '.join(others)} or {last}")
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

    def _check_pair(self, input: Tensor, target: Tensor) -> None:
        """Refuse a target that does not fit its input element by element."""
        what = f"the target of {type(self).__name__}"
        fix = "input and target are compared element by element; target.reshape(input.shape)?"
        check_shape(what, target.shape, input.shape, fix)
        check_dtype(what, target, input.dtype)

    def _difference(self, input: Tensor, target: Tensor) -> Tensor:
        """Return input - target, if they fit each other element by element."""
        self._check_pair(input, target)
        return input - target

    def _reduce(self, elements: Tensor) -> Tensor:
        if self.reduction == "mean":
            return elements.mean()
        return elements.sum() if self.reduction == "sum" else elements

    def _share(self, elements: Tensor, grad_output: Tensor | None) -> Tensor:
        """Return the cotangent of each element: ȳ, or ȳ/n for a mean over n elements."""
        seed = elements.new_ones(()) if grad_output is None else grad_output
        return seed / count(elements) if self.reduction == "mean" else seed


def count(x: Tensor) -> int:
    """Return the number of elements, but 1 for none: there is no gradient left to divide.

    >>> import torch
    >>> count(torch.ones(2, 3)), count(torch.ones(0))
    (6, 1)
    """
    return max(x.numel(), 1)

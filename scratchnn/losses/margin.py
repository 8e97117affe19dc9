"""HingeEmbeddingLoss and MultiMarginLoss: right by a margin is right enough."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.losses.classes import along_classes, class_axis, of_indices
from scratchnn.losses.loss import Loss


class HingeEmbeddingLoss(Loss):
    """Hinge of a distance x:  L = mean x where t = 1,  max(0, m - x) where t = -1.

    Shapes   x (...),  t (...) of 1 and -1  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n where t = 1,  -ȳ/n where t = -1 and x < m,  else 0;  n the number of elements
             for 'mean', else 1.  At x = m, where 0 … -1 are subgradients, it is -ȳ/n, as in torch
    Raises   what every Loss raises
    Source   torch.nn.HingeEmbeddingLoss, where a t that is neither gives the sum of both

    >>> import torch
    >>> loss = HingeEmbeddingLoss(reduction="none")
    >>> loss(torch.tensor([0.5, 0.25, 3.0]), torch.tensor([1.0, -1.0, -1.0]))
    tensor([0.5000, 0.7500, 0.0000])
    >>> loss.backward()
    tensor([ 1., -1.,  0.])
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return x or max(0, m - x), reduced."""
        self._check_pair(input, target)
        near = self.margin - input
        loss = self._reduce(
            torch.where(target == -1, 0, input) + torch.where(target == 1, 0, near.clamp(min=0))
        )
        falls = (target != 1) & (near >= 0)
        self.save((target != -1).to(input.dtype) - falls.to(input.dtype), output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n or -ȳ/n, and 0 beyond the margin."""
        (slope,) = self.saved(grad_output)
        return slope * self._share(slope, grad_output)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"margin={self.margin}, {super().extra_repr()}"


class MultiMarginLoss(Loss):
    """Multi-class hinge  L = mean w_y/C Σ max(0, m - x_y + xᵢ)^p,  the sum over classes i ≠ y.

    Shapes   x (N, C) or (C,),  y (N,) or (),  w (C,)  ->  (), or as y for 'none'
    VJP      x̄ᵢ = ȳ/n w_y/C p hᵢ^(p-1),  hᵢ the hinge above;  x̄_y = -Σ x̄ᵢ;  n the number of samples
             for 'mean', else 1.  At hᵢ = 0 it is 0, as in torch
    Raises   ArgumentError for a p that is neither 1 nor 2, or a y that is no class; ShapeError or
             DtypeError for a y that does not fit
    Source   torch.nn.MultiMarginLoss; Crammer, Singer (2001), "On the algorithmic implementation
             of multiclass kernel-based vector machines", JMLR 2

    >>> import torch
    >>> loss = MultiMarginLoss()
    >>> loss(torch.tensor([[1.0, 0.5, -3.0]]), torch.tensor([0]))
    tensor(0.1667)
    >>> loss.backward()
    tensor([[-0.3333,  0.3333,  0.0000]])
    """

    buffer_names: ClassVar = ("weight",)

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction)
        if p not in (1, 2):
            raise ArgumentError(f"MultiMarginLoss(p={p}): expected 1 or 2")
        self.p = p
        self.margin = margin
        self.weight = weight

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return w_y/C Σ max(0, m - x_y + xᵢ)^p, reduced."""
        weight = along_classes(self.weight, input, "MultiMarginLoss")
        index, each = of_indices(input, target, weight, None, "MultiMarginLoss")
        axis = class_axis(input)
        each = each / input.shape[axis]
        hinge = (self.margin - input.gather(axis, index) + input).clamp(min=0)
        hinge = hinge.scatter(axis, index, 0)
        loss = self._reduce((hinge.pow(self.p) * each).sum(dim=axis))
        slope = (hinge > 0) * each if self.p == 1 else 2 * hinge * each
        self.save(slope, index, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return the slopes of the hinges, and minus their sum at the class itself."""
        slope, index = self.saved(grad_output)
        axis = class_axis(slope)
        whole = slope.sum(dim=axis, keepdim=True)
        seed = self._share(whole, grad_output)
        if self.reduction == "none" and grad_output is not None:
            seed = seed.unsqueeze(axis)
        return slope.scatter(axis, index, -whole) * seed

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.p}, margin={self.margin}, {super().extra_repr()}"

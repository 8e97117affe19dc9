"""Dropout: each number left out by chance, so that no unit can rely on another."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.module import Module


class Dropout(Module):
    """Elementwise  y = m x,  m = 0 with probability p, else 1/(1 - p);  y = x in evaluation.

    Shapes   x (...)  ->  y (...)
    VJP      x̄ = m ȳ,  with the very m of the forward
    Raises   ArgumentError for a p outside 0 … 1; what every Module raises
    Source   torch.nn.Dropout; Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014),
             "Dropout", JMLR 15

    The kept numbers grow by 1/(1 - p), so that the mean of y is x, and evaluation needs no factor.
    m is drawn as torch draws it: the same seed leaves out the same numbers of a contiguous x.

    >>> import torch
    >>> _ = torch.manual_seed(0)
    >>> dropout = Dropout(0.5)
    >>> y = dropout(torch.ones(60))
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    >>> torch.equal(dropout.backward(torch.ones(60)), y)
    True
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ArgumentError(f"Dropout(p={p}): expected a probability from 0 to 1")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return m x, or x in evaluation."""
        if not self.training:
            return x
        mask = keep(x, self.p)
        y = x * mask
        self.save(mask, output=y)
        return y

    def backward(self, grad_output: Tensor) -> Tensor:
        """Return m ȳ."""
        (mask,) = self.saved(grad_output)
        return grad_output * mask

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p}"


def keep(x: Tensor, p: float) -> Tensor:
    """Draw m: 0 with probability p, else 1/(1 - p), in the shape of x; 1 alone for p = 0.

    >>> import torch
    >>> keep(torch.ones(3), 1.0), keep(torch.ones(3), 0.0)
    (tensor([0., 0., 0.]), tensor(1.))
    """
    if p == 0:
        return x.new_ones(())
    if p == 1:
        return torch.zeros_like(x)
    # In rows, however the memory of x lies: a transposed x loses the same numbers.
    mask = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    return mask.bernoulli_(1 - p).div_(1 - p)

"""KLDivLoss: how far one distribution is from another."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.losses.loss import Loss


class KLDivLoss(Loss):
    """Kullback-Leibler divergence  L = mean t (log t - x),  x the logarithm of a probability.

    Shapes   x (N, ...),  t (N, ...)  ->  (), or (N, ...) for 'none'
    VJP      x̄ = -ȳ/n t,  or -ȳ/n eᵗ where t is a logarithm itself (log_target);  n is the number
             of elements for 'mean', of samples for 'batchmean', else 1
    Raises   what every Loss raises
    Source   torch.nn.KLDivLoss; Kullback, Leibler (1951), "On information and sufficiency"

    'batchmean' is the divergence as the mathematicians have it, per sample; 'mean' divides by the
    number of elements. `xlogy(t, t)` is 0 for t = 0, where t log t would be NaN.

    >>> import torch
    >>> loss = KLDivLoss("batchmean")
    >>> x = torch.log(torch.tensor([[0.25, 0.75], [0.5, 0.5]]))
    >>> loss(x, torch.tensor([[0.0, 1.0], [0.5, 0.5]]))
    tensor(0.1438)
    >>> loss.backward()
    tensor([[-0.0000, -0.5000],
            [-0.2500, -0.2500]])
    """

    reductions: ClassVar = ("mean", "batchmean", "sum", "none")

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return t (log t - x), reduced."""
        self._check_pair(input, target)
        if self.log_target:
            share = torch.exp(target)
            elements = share * (target - input)
        else:
            share = target
            elements = torch.xlogy(target, target) - target * input
        if self.reduction == "batchmean":
            loss = elements.sum() / samples(input)
        else:
            loss = self._reduce(elements)
        self.save(share, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = -ȳ/n t, or -ȳ/n eᵗ."""
        (share,) = self.saved(grad_output)
        seed = self._share(share, grad_output)
        return share * -(seed / samples(share) if self.reduction == "batchmean" else seed)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{super().extra_repr()}, log_target={self.log_target}"


def samples(x: Tensor) -> int:
    """Return the length of the leading axis, but 1 where there is none, or nothing.

    >>> import torch
    >>> samples(torch.ones(3, 2)), samples(torch.ones(()))
    (3, 1)
    """
    return max(x.shape[0], 1) if x.dim() else 1

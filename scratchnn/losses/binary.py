"""BCELoss and BCEWithLogitsLoss: yes or no, from a probability or from its logit."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, check_dtype
from scratchnn.losses.loss import Loss

# Both are torch's: no single element costs more than 100, and none divides by zero.
LEAST_LOG = -100.0
LEAST_VARIANCE = 1e-12


class BCELoss(Loss):
    """Binary cross entropy  L = mean -w (t log x + (1 - t) log(1 - x)),  or its sum, or each.

    Shapes   x (...) from 0 to 1,  t (...),  w whatever meets x  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n w (x - t) / (x (1 - x)),  n the number of elements for 'mean', else 1
    Raises   ArgumentError for an x that is no probability; what every Loss raises
    Source   torch.nn.BCELoss

    At x = 0 and 1 a logarithm is infinite: as in torch it is cut at -100, and x (1 - x) at 1e-12.
    `log1p(-x)` keeps the digits of a small x, which 1 - x rounds away.

    >>> import torch
    >>> loss = BCELoss(reduction="none")
    >>> loss(torch.tensor([0.5, 0.0, 0.0]), torch.tensor([1.0, 0.0, 1.0]))
    tensor([  0.6931,   0.0000, 100.0000])
    >>> loss.backward()
    tensor([-2.0000e+00,  0.0000e+00, -1.0000e+12])
    """

    buffer_names: ClassVar = ("weight",)

    def __init__(self, weight: Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.weight = weight

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return -w (t log x + (1 - t) log(1 - x)), reduced."""
        self._check_pair(input, target)
        if not bool(((input >= 0) & (input <= 1)).all()):
            raise ArgumentError(
                "BCELoss: expected an input from 0 to 1; BCEWithLogitsLoss takes any number"
            )
        yes, no = torch.log(input).clamp(min=LEAST_LOG), torch.log1p(-input).clamp(min=LEAST_LOG)
        loss = self._reduce(weighted(self.weight, (target - 1) * no - target * yes))
        self.save(input, target, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n w (x - t) / (x (1 - x))."""
        x, target = self.saved(grad_output)
        share = self._share(x, grad_output)
        slope = (x - target) / ((1 - x) * x).clamp(min=LEAST_VARIANCE)
        return weighted(self.weight, share * slope)


class BCEWithLogitsLoss(Loss):
    """Binary cross entropy of σ(x):  L = mean w ((1 - t) s(x) + p t s(-x)),  s(x) = log(1 + eˣ).

    Shapes   x (...),  t (...),  w and p whatever meets x  ->  (), or (...) for 'none'
    VJP      x̄ = ȳ/n w ((1 - t + p t) σ(x) - p t),  which is σ(x) - t where p and w are 1;
             n the number of elements for 'mean', else 1
    Raises   what every Loss raises
    Source   torch.nn.BCEWithLogitsLoss

    A weight w rescales elements, p = pos_weight the positive ones. The logarithms of σ(x) and of
    1 - σ(x) are -s(-x) and -s(x): both terms are positive, so nothing cancels, and `logaddexp`,
    which is s, cannot overflow. σ(x) first and its logarithm then is -∞ from x = -104 on in
    float32.

    >>> import torch
    >>> loss = BCEWithLogitsLoss(reduction="none")
    >>> loss(torch.tensor([0.0, 1000.0, 1000.0]), torch.tensor([1.0, 1.0, 0.0]))
    tensor([6.9315e-01, 0.0000e+00, 1.0000e+03])
    >>> loss.backward()
    tensor([-0.5000,  0.0000,  1.0000])
    """

    buffer_names: ClassVar = ("weight", "pos_weight")

    def __init__(
        self,
        weight: Tensor | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction)
        self.weight = weight
        self.pos_weight = pos_weight

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return w ((1 - t) s(x) + p t s(-x)), reduced."""
        self._check_pair(input, target)
        zero = input.new_zeros(())
        yes = target * torch.logaddexp(-input, zero)
        if self.pos_weight is not None:
            yes = weighted(self.pos_weight, yes)
        no = (1 - target) * torch.logaddexp(input, zero)
        loss = self._reduce(weighted(self.weight, no + yes))
        self.save(input, target, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n w ((1 - t + p t) σ(x) - p t)."""
        x, target = self.saved(grad_output)
        if self.pos_weight is None:
            slope = torch.sigmoid(x) - target
        else:
            positive = self.pos_weight * target
            slope = (positive + 1 - target) * torch.sigmoid(x) - positive
        return weighted(self.weight, slope * self._share(x, grad_output))


def weighted(weight: Tensor | None, elements: Tensor) -> Tensor:
    """Return w times the elements; they themselves where no weight is given.

    >>> import torch
    >>> weighted(torch.tensor([1.0, 2.0]), torch.ones(2))
    tensor([1., 2.])
    """
    if weight is None:
        return elements
    check_dtype("the weight of a loss", weight, elements.dtype)
    return elements * weight

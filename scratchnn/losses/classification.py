"""NLLLoss and CrossEntropyLoss: one class of several, from log-probabilities or from scores."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, check_dtype
from scratchnn.losses.classes import along_classes, class_axis, divisor, of_indices, spread
from scratchnn.losses.loss import Loss


class NLLLoss(Loss):
    """Negative log-likelihood  L = -Σ w_y x_y / n,  x the log-probabilities, y the class.

    Shapes   x (N, C, ...) or (C,),  y (N, ...) or (),  w (C,)  ->  (), or as y for 'none'
    VJP      x̄ = -ȳ w_y / n at y, 0 elsewhere;  n = Σ w_y for 'mean', else 1
    Raises   ShapeError, DtypeError or ArgumentError for a y that names no class; ArgumentError
             for another reduction
    Source   torch.nn.NLLLoss

    A y of ignore_index counts for nothing. Where all are ignored the mean is NaN, as in torch, and
    its gradient is 0.

    >>> import torch
    >>> loss = NLLLoss()
    >>> loss(torch.log(torch.tensor([[0.5, 0.5], [0.1, 0.9]])), torch.tensor([0, 1]))
    tensor(0.3993)
    >>> loss.backward()
    tensor([[-0.5000, -0.0000],
            [-0.0000, -0.5000]])
    """

    buffer_names: ClassVar = ("weight",)

    def __init__(
        self, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.weight = weight
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return -w_y x_y, reduced."""
        weight = along_classes(self.weight, input, "NLLLoss")
        index, each = of_indices(input, target, weight, self.ignore_index, "NLLLoss")
        elements = likelihood(input, index, each)
        loss, total = reduced(self.reduction, elements, each.sum())
        self.save(spread(input, index, each), total, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = -ȳ w_y / n at the classes."""
        share, total = self.saved(grad_output)
        return share * -seed_of(self, share, total, grad_output)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{super().extra_repr()}, ignore_index={self.ignore_index}"


class CrossEntropyLoss(Loss):
    """Cross entropy  L = -Σ q ∘ log p / n,  p = e^x / Σ e^x,  q what the target asks for.

    Shapes   x (N, C, ...) or (C,);  the target a class (N, ...) or (), or a probability for each
             class, as x;  w (C,)  ->  (), or (N, ...) for 'none'
    VJP      x̄ = ȳ/n (p Σ q - q),  the sum over the classes;  for a class y it is p - 1 at y
    Raises   ShapeError, DtypeError or ArgumentError for a target that names no class; ArgumentError
             for a label_smoothing outside 0 … 1, or another reduction
    Source   torch.nn.CrossEntropyLoss; Szegedy and others (2016), "Rethinking the Inception
             architecture", CVPR, section 7, for the smoothing. `scratchnn.losses.classes` has q, n

    From log p = x - log Σ e^x follows  L = Σ q (log Σ e^x - x) / n, and the derivative of
    log Σ e^x is p. Nothing is divided by p, and no logarithm is taken of a p that underflows.

    >>> import torch
    >>> loss = CrossEntropyLoss()
    >>> loss(torch.tensor([[0.0, 0.0], [1000.0, 0.0]]), torch.tensor([0, 1]))
    tensor(500.3466)
    >>> loss.backward()
    tensor([[-0.2500,  0.2500],
            [ 0.5000, -0.5000]])
    """

    buffer_names: ClassVar = ("weight",)

    def __init__(
        self,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        if not 0 <= label_smoothing <= 1:
            raise ArgumentError(f"label_smoothing={label_smoothing}: expected a share from 0 to 1")
        self.weight = weight
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Return -Σ q ∘ log p, reduced."""
        logs = torch.log_softmax(input, class_axis(input))
        if target.shape == input.shape and target.is_floating_point():
            check_dtype("the target of CrossEntropyLoss", target, input.dtype)
            elements, share, total = self._of_probabilities(logs, target)
        else:
            elements, share, total = self._of_classes(logs, target)
        loss, total = reduced(self.reduction, elements, total)
        self.save(logs, share, total, output=loss)
        return loss

    def backward(self, grad_output: Tensor | None = None) -> Tensor:
        """Return x̄ = ȳ/n (p Σ q - q)."""
        logs, share, total = self.saved(grad_output)
        whole = share.sum(dim=class_axis(logs), keepdim=True)
        grad = torch.exp(logs).mul_(whole).sub_(share)
        return grad.mul_(seed_of(self, logs, total, grad_output))

    def _of_classes(self, logs: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return each sample's loss, q, and the weight of all samples."""
        weight = along_classes(self.weight, logs, "CrossEntropyLoss")
        index, each = of_indices(logs, target, weight, self.ignore_index, "CrossEntropyLoss")
        elements, share = likelihood(logs, index, each), spread(logs, index, each)
        if self.label_smoothing:
            axis, rate = class_axis(logs), self.label_smoothing
            counts = (target != self.ignore_index).unsqueeze(axis).to(logs.dtype)
            even = counts * (rate / logs.shape[axis]) * (1 if weight is None else weight)
            elements = (1 - rate) * elements - (even * logs).sum(dim=axis)
            share = (1 - rate) * share + even
        return elements, share, each.sum()

    def _of_probabilities(self, logs: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return each sample's loss, q, and the number of samples."""
        axis, share = class_axis(logs), target
        if self.label_smoothing:
            share = share * (1 - self.label_smoothing) + self.label_smoothing / logs.shape[axis]
        weight = along_classes(self.weight, logs, "CrossEntropyLoss")
        if weight is not None:
            share = share * weight
        elements = -(logs * share).sum(dim=axis)
        return elements, share, logs.new_tensor(elements.numel())

    def extra_repr(self) -> str:
        """Return the settings."""
        return (
            f"{super().extra_repr()}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}"
        )


def likelihood(logs: Tensor, index: Tensor, each: Tensor) -> Tensor:
    """Return -w_y log p_y of each sample; 0 for one that weighs nothing, even if log p_y is -∞.

    >>> import torch
    >>> likelihood(torch.tensor([[-1.0, -2.0]]), torch.tensor([[1]]), torch.tensor([[3.0]]))
    tensor([6.])
    """
    axis = class_axis(logs)
    return -(logs.gather(axis, index).masked_fill(each == 0, 0) * each).squeeze(axis)


def reduced(reduction: str, elements: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss and n, by which a mean divides.

    >>> import torch
    >>> reduced("mean", torch.tensor([1.0, 5.0]), torch.tensor(3.0))
    (tensor(2.), tensor(3.))
    """
    if reduction == "mean":
        return elements.sum() / total, total
    return elements.sum() if reduction == "sum" else elements, torch.ones_like(total)


def seed_of(loss: Loss, x: Tensor, total: Tensor, grad_output: Tensor | None) -> Tensor:
    """Return ȳ/n in a shape that meets x: for 'none' each sample has its own.

    >>> import torch
    >>> seed_of(NLLLoss(), torch.ones(4, 3), torch.tensor(4.0), None)
    tensor(0.2500)
    """
    if grad_output is None:
        grad_output = x.new_ones(())
    elif loss.reduction == "none":
        grad_output = grad_output.unsqueeze(class_axis(x))
    return grad_output / divisor(total)

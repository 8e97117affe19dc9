"""Targets of classification, in one form: a share q for each sample and class.

    class index y            q = w_y at y, 0 elsewhere;  a row of zeros where y is ignored
    label smoothing ε        q = (1 - ε) times that, + ε w / C in every class
    probabilities t          q = w ∘ t, with t smoothed likewise

Every classification loss is  L = -Σ q ∘ log p / n,  where n is, for 'mean', the weight Σ w_y of all
samples that count, or their number for probabilities; else 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError, DtypeError, check_dtype, check_shape


def class_axis(x: Tensor) -> int:
    """Return the axis of the classes: 1 after the samples, 0 where there is but one sample.

    >>> import torch
    >>> class_axis(torch.ones(4, 3)), class_axis(torch.ones(3))
    (1, 0)
    """
    return min(x.dim() - 1, 1)


def along_classes(weight: Tensor | None, x: Tensor, owner: str) -> Tensor | None:
    """Return the weights of the classes in a shape that meets x.

    >>> import torch
    >>> along_classes(torch.ones(3), torch.ones(4, 3, 5), "NLLLoss").shape
    torch.Size([3, 1])
    """
    if weight is None:
        return None
    axis = class_axis(x)
    check_shape(f"the weight of {owner}", weight.shape, (x.shape[axis],), "one for each class")
    check_dtype(f"the weight of {owner}", weight, x.dtype)
    return weight.reshape(-1, *(1,) * (x.dim() - axis - 1))


def of_indices(
    x: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int | None, owner: str
) -> tuple[Tensor, Tensor]:
    """Return the index of each sample's class, and the sample's weight w_y, 0 where it is ignored.

    Shapes   x (N, C, ...), target (N, ...)  ->  index and weight (N, 1, ...): ready to scatter
    Raises   ShapeError, DtypeError or ArgumentError for a target that names no class

    >>> import torch
    >>> of_indices(torch.ones(2, 3), torch.tensor([2, -100]), None, -100, "NLLLoss")
    (tensor([[2],
            [0]]), tensor([[1.],
            [0.]]))
    """
    axis = class_axis(x)
    expected = x.shape[:axis] + x.shape[axis + 1 :]
    check_shape(f"the target of {owner}", target.shape, expected, "one class for each sample")
    if target.dtype != torch.int64:
        raise DtypeError(f"the target of {owner} is {target.dtype}: convert it with .long()")
    index = target.unsqueeze(axis)
    ignored = torch.zeros_like(index, dtype=torch.bool)
    if ignore_index is not None:
        ignored = index == ignore_index
    index = index.masked_fill(ignored, 0)
    classes = x.shape[axis]
    if index.numel() and not 0 <= int(index.min()) <= int(index.max()) < classes:
        raise ArgumentError(
            f"{owner}: the target has classes from {int(index.min())} to {int(index.max())}, "
            f"expected 0 … {classes - 1}"
            + ("" if ignore_index is None else f", or ignore_index={ignore_index}")
        )
    each = x.new_ones(()).expand(index.shape) if weight is None else weight.reshape(-1)[index]
    return index, each.masked_fill(ignored, 0)


def spread(x: Tensor, index: Tensor, each: Tensor) -> Tensor:
    """Return q: what each sample weighs at its class, 0 elsewhere.

    >>> import torch
    >>> spread(torch.ones(1, 3), torch.tensor([[2]]), torch.tensor([[1.0]]))
    tensor([[0., 0., 1.]])
    """
    return torch.zeros_like(x).scatter_(class_axis(x), index, each)


def divisor(total: Tensor) -> Tensor:
    """Return n, but 1 for none: there is no gradient left to divide.

    >>> import torch
    >>> divisor(torch.tensor(0.0))
    tensor(1.)
    """
    return torch.where(total == 0, 1, total)

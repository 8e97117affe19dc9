"""How a sequence lies in memory: with the steps first, the samples first, or without samples."""

from __future__ import annotations

from torch import Tensor

ALONE = 2
"""The number of axes of a sequence without samples: (T, features)."""


def steps_first(x: Tensor, batch_first: bool) -> Tensor:
    """Return a sequence as (T, N, features).

    Shapes   x (T, N, features), (N, T, features) with batch_first, or (T, features)

    >>> import torch
    >>> steps_first(torch.ones(5, 7, 3), batch_first=True).shape
    torch.Size([7, 5, 3])
    """
    if x.dim() == ALONE:
        return x.unsqueeze(1)
    return x.transpose(0, 1) if batch_first else x


def as_given(x: Tensor, axes: int, batch_first: bool) -> Tensor:
    """Return (T, N, features) as the caller has it, whose own sequence had so many axes.

    >>> import torch
    >>> as_given(torch.ones(7, 1, 3), 2, batch_first=False).shape
    torch.Size([7, 3])
    """
    if axes == ALONE:
        return x.squeeze(1)
    return x.transpose(0, 1) if batch_first else x

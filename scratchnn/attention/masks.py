"""Masks of attention: which queries may not see which keys, in the form that is added to scores."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from scratchnn.errors import ShapeError, check_dtype, check_shape

Sizes = tuple[int, int, int, int]


def merged(
    attention: Tensor | None, padding: Tensor | None, sizes: Sizes, like: Tensor
) -> Tensor | None:
    """Return both masks as one that is added to the scores, (N·heads, L, S); None for none.

    Shapes   attention (L, S) or (N·heads, L, S),  padding (N, S),  sizes (N, heads, L, S)
    Raises   ShapeError or DtypeError for a mask that fits neither the scores nor `like`

    >>> import torch
    >>> merged(torch.tensor([[False, True]]), None, (1, 1, 1, 2), torch.ones(1))
    tensor([[[0., -inf]]])
    """
    samples, heads, queries, keys = sizes
    found = None
    if attention is not None:
        if tuple(attention.shape) not in ((queries, keys), (samples * heads, queries, keys)):
            raise ShapeError(
                f"attn_mask is {tuple(attention.shape)}, expected {(queries, keys)} or "
                f"{(samples * heads, queries, keys)}"
            )
        found = _added("attn_mask", attention, like).expand(samples * heads, queries, keys)
    if padding is not None:
        if padding.dim() == 1:
            padding = padding.unsqueeze(0)
        check_shape("key_padding_mask", padding.shape, (samples, keys), "one row for each sample")
        each = _added("key_padding_mask", padding, like).reshape(samples, 1, 1, keys)
        rows = each.expand(samples, heads, queries, keys).reshape(-1, queries, keys)
        found = rows if found is None else found + rows
    return found


def _added(name: str, mask: Tensor, like: Tensor) -> Tensor:
    """Return -∞ where a mask of booleans is True and 0 elsewhere; one of numbers as it is."""
    if mask.dtype == torch.bool:
        zeros = torch.zeros(mask.shape, dtype=like.dtype, device=like.device)
        return zeros.masked_fill(mask, -math.inf)
    check_dtype(name, mask, like.dtype)
    return mask

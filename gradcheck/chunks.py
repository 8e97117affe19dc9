"""Large tensors in parts: what is computed of one part is not as large again as the whole."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

SIZE = 2**18


def chunks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Parts of some tensors of one shape, at the same places, that are views of them.

    Shapes   (...) each; the parts flat where all are contiguous

    >>> import torch
    >>> [len(part) for (part,) in chunks(torch.zeros(3 * 2**17))]
    [262144, 131072]
    """
    first = tensors[0]
    if first.numel() <= SIZE:
        yield tensors
    elif all(tensor.is_contiguous() for tensor in tensors):
        yield from zip(*(tensor.view(-1).split(SIZE) for tensor in tensors), strict=True)
    else:
        rows = max(1, SIZE * len(first) // first.numel())
        for parts in zip(*(tensor.split(rows) for tensor in tensors), strict=True):
            # One row alone may be too long: (1, n).
            yield from chunks(*(part[0] for part in parts)) if rows == 1 else (parts,)

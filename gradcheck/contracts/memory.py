"""Whether two tensors share memory, element by element."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def overlap(first: Tensor, second: Tensor) -> bool:
    """Whether some element of one lies where an element of the other does.

    Two slices of one buffer that do not meet do not overlap.

    >>> buffer = torch.zeros(4)
    >>> overlap(buffer[::2], buffer[1::2]), overlap(buffer[1:], buffer[:2])
    (False, True)
    """
    if first.device != second.device or not first.numel() or not second.numel():
        return False
    (start, end), (other_start, other_end) = _range(first), _range(second)
    if end <= other_start or other_end <= start:
        return False
    if first.element_size() != second.element_size():
        return True
    base = min(start, other_start)
    return bool(torch.isin(_places(first, base), _places(second, base)).any())


def overlaps_itself(tensor: Tensor) -> bool:
    """Whether one place in memory stands for several elements, as after ``expand``.

    >>> overlaps_itself(torch.zeros(1).expand(3))
    True
    """
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return tensor.numel() > 0 and any(size > 1 and stride == 0 for size, stride in steps)


def _range(tensor: Tensor) -> tuple[int, int]:
    return tensor.data_ptr(), tensor.data_ptr() + _extent(tensor) * tensor.element_size()


def _extent(tensor: Tensor) -> int:
    """How many elements lie between its first and its last, both counted."""
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return 1 + sum((size - 1) * stride for size, stride in steps)


def _places(tensor: Tensor, base: int) -> Tensor:
    """Where each element lies, counted in elements from ``base``."""
    from_base, remainder = divmod(tensor.data_ptr() - base, tensor.element_size())
    places = torch.arange(_extent(tensor)).as_strided(tensor.shape, tensor.stride())
    return places.reshape(math.prod(tensor.shape)) + from_base + (0 if remainder == 0 else 0.5)

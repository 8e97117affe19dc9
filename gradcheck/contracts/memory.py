"""Whether two tensors share memory, element by element."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Place:
    """Where a tensor lies: it may be asked for when the tensor itself is gone.

    Attributes:
        device: In whose memory.
        address: Of the first element.
        size: Of one element, in bytes.
        shape, steps: How many elements there are along each axis, and how far apart.
    """

    device: torch.device
    address: int
    size: int
    shape: tuple[int, ...]
    steps: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> Place:
        """The place of a tensor."""
        return cls(
            tensor.device,
            tensor.data_ptr(),
            tensor.element_size(),
            tuple(tensor.shape),
            tensor.stride(),
        )

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self._extent * self.size

    @property
    def _extent(self) -> int:
        """How many elements lie between its first and its last, both counted."""
        return 1 + sum((n - 1) * step for n, step in zip(self.shape, self.steps, strict=True))

    def elements(self, base: int) -> Tensor:
        """Where each element lies, counted in elements from ``base``."""
        from_base, remainder = divmod(self.address - base, self.size)
        places = torch.arange(self._extent, device="cpu").as_strided(self.shape, self.steps)
        return places.reshape(math.prod(self.shape)) + from_base + (0 if remainder == 0 else 0.5)


def overlap(first: Place, second: Place) -> bool:
    """Whether some element of one lies where an element of the other does.

    Two slices of one buffer that do not meet do not overlap.

    >>> buffer = torch.zeros(4)
    >>> overlap(Place.of(buffer[::2]), Place.of(buffer[1::2]))
    False
    >>> overlap(Place.of(buffer[1:]), Place.of(buffer[:2]))
    True
    """
    if first.device != second.device or 0 in first.shape or 0 in second.shape:
        return False
    if first.end <= second.address or second.end <= first.address:
        return False
    if first.size != second.size:
        return True
    base = min(first.address, second.address)
    return bool(torch.isin(first.elements(base), second.elements(base)).any())


def overlaps_itself(place: Place) -> bool:
    """Whether one spot in memory stands for several elements, as after ``expand``.

    >>> overlaps_itself(Place.of(torch.zeros(1).expand(3)))
    True
    """
    steps = zip(place.shape, place.steps, strict=True)
    return 0 not in place.shape and any(size > 1 and step == 0 for size, step in steps)

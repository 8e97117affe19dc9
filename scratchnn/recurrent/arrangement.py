"""How sequences and states lie: what the caller gives, and what a cell wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from scratchnn.errors import ShapeError, check_dtype, check_shape
from scratchnn.recurrent.cell import State
from scratchnn.sequences import ALONE, as_given, steps_first


@dataclass(frozen=True)
class Arrangement:
    """The axes of a recurrent layer's inputs, outputs and states.

    Attributes: the layer's name for messages, batch_first, both sizes, and the number of passes,
    which is layers times directions.

    >>> import torch
    >>> arrangement = Arrangement("GRU", True, 3, 4, passes=1)
    >>> arrangement.steps_first(torch.ones(5, 7, 3)).shape
    torch.Size([7, 5, 3])
    """

    owner: str
    batch_first: bool
    input_size: int
    hidden_size: int
    passes: int

    def steps_first(self, x: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return x as (T, N, features); with a weight, refuse one that is no input of the layer."""
        if weight is not None:
            axis = 1 if self.batch_first and x.dim() != ALONE else 0
            if x.dim() not in (2, 3) or x.shape[-1] != self.input_size or x.shape[axis] == 0:
                order = "(N, T" if self.batch_first else "(T, N"
                raise ShapeError(
                    f"the input of {self.owner} is {tuple(x.shape)}, expected {order}, "
                    f"{self.input_size}) or (T, {self.input_size}), and at least one step"
                )
            check_dtype(f"the input of {self.owner}", x, weight.dtype)
        return steps_first(x, self.batch_first)

    def as_given(self, x: Tensor, axes: int) -> Tensor:
        """Return (T, N, features) as the caller has it, who gave an input of so many axes."""
        return as_given(x, axes, self.batch_first)

    def states(self, given: Any, x: Tensor, count: int, what: str) -> list[State]:
        """Return the states of all passes, each `count` tensors (N, hidden); None stands for zeros.

        Raises ShapeError or DtypeError for a state that does not fit the input.
        """
        shape = (self.passes, x.shape[1], self.hidden_size)
        parts = tuple(given) if isinstance(given, tuple | list) else (given,) * count
        if len(parts) != count or (count > 1 and isinstance(given, Tensor)):
            raise ShapeError(f"{what} of {self.owner}: expected a tuple of {count} tensors")
        tensors = []
        for part in parts:
            if part is None:
                tensors.append(x.new_zeros(shape))
                continue
            check_dtype(f"{what} of {self.owner}", part, x.dtype)
            tensor = part.unsqueeze(1) if part.dim() == ALONE else part
            check_shape(
                f"{what} of {self.owner}", tensor.shape, shape, "layers·directions, N, hidden"
            )
            tensors.append(tensor)
        return [tuple(tensor[number] for tensor in tensors) for number in range(self.passes)]

    def bundle(self, states: list[State], axes: int) -> Any:
        """Return the states of all passes as the caller has them: one tensor, or a tuple."""
        tensors = [torch.stack(each) for each in zip(*states, strict=True)]
        if axes == ALONE:
            tensors = [tensor.squeeze(1) for tensor in tensors]
        return tensors[0] if len(tensors) == 1 else tuple(tensors)

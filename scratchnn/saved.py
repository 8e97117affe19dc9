"""What forwards keep for their backwards: a stack, so that the last forward is answered first.

    forward(a)   push a          [a]
    forward(b)   push b          [a, b]
    backward     pop  b          [a]
    backward     pop  a          []

A cotangent that does not fit is refused *before* the pop. Were the record lost with it, a second,
corrected call would be answered from the forward before, which is another gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from scratchnn.errors import (
    BackwardBeforeForward,
    SavedTensorError,
    check_dtype,
    check_shape,
)


class Record(NamedTuple):
    """What one forward keeps, the versions of its tensors; the shape and dtype of its output.

    >>> import torch
    >>> record = Record((), [], torch.Size([3]), torch.float32)
    >>> record.fits(torch.zeros(3)), record.fits(torch.zeros(3, 1))
    (True, False)
    """

    kept: tuple[Any, ...]
    versions: list[int | None]
    shape: torch.Size
    dtype: torch.dtype

    def fits(self, grad_output: Tensor) -> bool:
        """Tell whether a cotangent is like the output."""
        return grad_output.shape == self.shape and grad_output.dtype == self.dtype

    def refuse(self, owner: str, grad_output: Tensor) -> None:
        """Raise for one that is not: words are made where they are needed, not each time."""
        what = f"the grad_output of {owner}"
        check_shape(what, grad_output.shape, self.shape, "it has the shape of the output")
        check_dtype(what, grad_output, self.dtype)


@dataclass
class SavedStack:
    """The records of the forwards that wait for their backwards, the latest on top.

    >>> import torch
    >>> stack = SavedStack()
    >>> stack.push((torch.zeros(2),), output=torch.zeros(3))
    >>> stack.pop("Demo", torch.ones(3))
    (tensor([0., 0.]),)

    Raises ShapeError or DtypeError for a cotangent unlike the output, BackwardBeforeForward where
    nothing is left, SavedTensorError where a saved tensor was changed in place.
    """

    records: list[Record] = field(default_factory=list)
    forwards: int = 0

    def push(self, kept: tuple[Any, ...], output: Tensor) -> None:
        """Keep what the backward of the forward that returns `output` will need."""
        self.records.append(Record(kept, _versions(kept), output.shape, output.dtype))
        self.forwards += 1

    def pop(self, owner: str, grad_output: Tensor | None) -> tuple[Any, ...]:
        """Return what the latest unanswered forward kept; a cotangent of None fits any output."""
        if not self.records:
            raise BackwardBeforeForward(self._why_empty(owner))
        record = self.records[-1]
        if grad_output is not None and not record.fits(grad_output):
            record.refuse(owner, grad_output)
        if record.versions != _versions(record.kept):
            raise SavedTensorError(
                f"{owner}.backward: a tensor that its forward saved was changed in place since, so "
                "the gradient would be wrong: write y = y + 1 instead of y += 1, and step the "
                "optimizer or load a state only after the backward; forget() drops this forward"
            )
        return self.records.pop().kept

    def _why_empty(self, owner: str) -> str:
        if self.forwards == 0:
            return (
                f"{owner}.backward came before any forward: "
                "call the module on an input first, in training mode"
            )
        return (
            f"{owner}.backward finds no forward left: each of the {self.forwards} so far has "
            "already had its backward, or was dropped by forget(); call forward again, once "
            "for every backward"
        )


def _versions(kept: tuple[Any, ...]) -> list[int | None]:
    """Return how often torch has seen each tensor written to; None where it does not count.

    >>> import torch
    >>> x = torch.zeros(3)
    >>> x += 1
    >>> _versions((x, "a word"))
    [1, None]
    """
    try:  # asked of every tensor that is kept, and nearly all of them know
        return [item._version for item in kept]  # noqa: SLF001 - has no public name
    except (AttributeError, RuntimeError):  # no tensor, and a tensor of inference
        return [_version(item) for item in kept]


def _version(item: Any) -> int | None:
    is_counted = isinstance(item, Tensor) and not item.is_inference()
    return item._version if is_counted else None  # noqa: SLF001 - the same


def outline(x: Tensor) -> Tensor:
    """Return a tensor with the shape and dtype of x, and memory for one element: what to save of x.

    >>> import torch
    >>> like = outline(torch.ones(200, 300))
    >>> like.shape, like.untyped_storage().nbytes()
    (torch.Size([200, 300]), 4)
    """
    return x.new_empty(()).expand(x.shape)

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

from torch import Tensor

from scratchnn.errors import (
    BackwardBeforeForward,
    SavedTensorError,
    check_dtype,
    check_shape,
)


@dataclass(frozen=True)
class Record:
    """What one forward keeps: tensors, their versions, and an empty likeness of its output.

    >>> import torch
    >>> record = Record.of((torch.ones(3),), output=torch.ones(2))
    >>> record.shape, record.changed()
    ((2,), False)
    """

    tensors: tuple[Tensor, ...]
    versions: tuple[int | None, ...]
    shape: tuple[int, ...]
    sample: Tensor  # no elements: it carries the dtype of the output, not its memory

    @classmethod
    def of(cls, tensors: tuple[Tensor, ...], output: Tensor) -> Record:
        """Record `tensors` as they are now."""
        versions = tuple(_version(tensor) for tensor in tensors)
        return cls(tensors, versions, tuple(output.shape), output.new_empty(0))

    def changed(self) -> bool:
        """Tell whether a tensor was written to since it was recorded."""
        return self.versions != tuple(_version(tensor) for tensor in self.tensors)


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

    def push(self, tensors: tuple[Tensor, ...], output: Tensor) -> None:
        """Keep `tensors` for the backward of the forward that returns `output`."""
        self.records.append(Record.of(tensors, output))
        self.forwards += 1

    def pop(self, owner: str, grad_output: Tensor | None) -> tuple[Tensor, ...]:
        """Return what the latest unanswered forward kept; a cotangent of None fits any output."""
        if not self.records:
            raise BackwardBeforeForward(self._why_empty(owner))
        record = self.records[-1]
        if grad_output is not None:
            what = f"the grad_output of {owner}"
            check_shape(what, grad_output.shape, record.shape, "it has the shape of the output")
            check_dtype(what, grad_output, record.sample)
        if record.changed():
            raise SavedTensorError(
                f"{owner}.backward: a tensor that its forward saved was changed in place since, so "
                "the gradient would be wrong: write y = y + 1 instead of y += 1, and step the "
                "optimizer or load a state only after the backward; forget() drops this forward"
            )
        return self.records.pop().tensors

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


def _version(tensor: Tensor) -> int | None:
    """Return how often torch has seen the tensor written to; inference tensors are not counted."""
    return None if tensor.is_inference() else tensor._version  # noqa: SLF001 - has no public name

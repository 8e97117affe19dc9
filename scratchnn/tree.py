"""Tree: whatever lies in an object's attributes, walked, named, converted, saved and loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from scratchnn.errors import ArgumentError
from scratchnn.parameter import Parameter
from scratchnn.state import IncompatibleKeys, load


class Tree:
    """Parameters, buffers and children: found in the attributes, also in lists and dictionaries.

    Nothing has to be registered, and no `super().__init__()` has to be called. A buffer is a
    tensor that belongs to the state and that no gradient trains, such as a running mean: the class
    names its attributes in `buffer_names`.

    Source   torch.nn.Module, whose names of parameters and buffers these are

    >>> class Pair(Tree):
    ...     buffer_names = ("count",)
    ...
    ...     def __init__(self):
    ...         self.weights = [Parameter(torch.zeros(1)), Parameter(torch.zeros(2))]
    ...         self.count = torch.tensor(3)
    >>> list(Pair().state_dict())
    ['weights.0', 'weights.1', 'count']
    """

    buffer_names: ClassVar[tuple[str, ...]] = ()

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """Yield every parameter once, its own before its children's, with its dotted name.

        >>> import scratchnn
        >>> model = scratchnn.Sequential(scratchnn.Linear(2, 3), scratchnn.Tanh())
        >>> [name for name, _ in model.named_parameters()]
        ['0.weight', '0.bias']
        """
        seen: set[int] = set()
        for name, owner, attribute in self._walk(f"{prefix}." if prefix else ""):
            if attribute is None and id(owner) not in seen:
                seen.add(id(owner))
                yield name, owner

    def parameters(self) -> Iterator[Parameter]:
        """Yield every parameter once: what an optimizer takes."""
        for _, parameter in self.named_parameters():
            yield parameter

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Yield every buffer with its dotted name: state that no gradient trains.

        >>> import scratchnn
        >>> [name for name, _ in scratchnn.BatchNorm1d(2).named_buffers()]
        ['running_mean', 'running_var', 'num_batches_tracked']
        """
        for name, owner, attribute in self._walk(""):
            if attribute is not None:
                yield name, getattr(owner, attribute)

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """Yield every module among the attributes once, with its name."""
        seen: set[int] = set()
        for name, member in self._members():
            if isinstance(member, Tree) and id(member) not in seen:
                seen.add(id(member))
                yield name, member

    def children(self) -> Iterator[Any]:
        """Yield every module among the attributes once."""
        for _, child in self.named_children():
            yield child

    def _members(self) -> Iterator[tuple[str, Parameter | Tree]]:
        for name, value in vars(self).items():
            yield from _found(name, value)

    def _walk(self, prefix: str) -> Iterator[tuple[str, Any, str | None]]:
        """Yield (name, parameter, None) and (name, owner, attribute) for a buffer.

        Unlike in named_parameters, a shared parameter comes up under each of its names.
        """
        members = list(self._members())
        for name, member in members:
            if isinstance(member, Parameter):
                yield prefix + name, member, None
        for name in self.buffer_names:
            if getattr(self, name) is not None:
                yield prefix + name, self, name
        for name, member in members:
            if isinstance(member, Tree):
                yield from member._walk(f"{prefix}{name}.")  # noqa: SLF001 - our own class

    def _state(self) -> dict[str, Tensor]:
        """Return the very tensors of the state."""
        return {
            name: owner.data if attribute is None else getattr(owner, attribute)
            for name, owner, attribute in self._walk("")
        }

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> Self:
        """Convert every parameter with its gradient, and every buffer; return self.

        A buffer of integers keeps its dtype, as a count of batches.

        Raises ArgumentError for a dtype that is not a floating-point one.

        >>> import torch, scratchnn
        >>> scratchnn.Linear(2, 1).to(dtype=torch.float64).weight.data.dtype
        torch.float64
        """
        if dtype is not None and not dtype.is_floating_point:
            raise ArgumentError(f"to(dtype={dtype}): expected a floating-point dtype")
        for _, owner, attribute in self._walk(""):
            if attribute is None:
                owner.data = owner.data.to(dtype=dtype, device=device)
                if owner.grad is not None:
                    owner.grad = owner.grad.to(dtype=dtype, device=device)
            else:
                buffer = getattr(owner, attribute)
                kept = dtype if buffer.is_floating_point() else None
                setattr(owner, attribute, buffer.to(dtype=kept, device=device))
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Return a copy of every parameter and buffer under its dotted name, torch.nn's own keys.

        Unlike torch's it is a snapshot: training on does not change it.

        >>> import scratchnn
        >>> state = scratchnn.Linear(3, 2).state_dict()
        >>> {name: tuple(value.shape) for name, value in state.items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: tensor.clone() for name, tensor in self._state().items()}

    def load_state_dict(
        self,
        state: Mapping[str, Tensor],
        strict: bool = True,
    ) -> IncompatibleKeys:
        """Copy the values of `state` into the parameters and buffers, all of them or none.

        With `strict=False`, keys that are missing or unexpected are returned instead of refused;
        a shape that differs is refused always.

        >>> import torch, scratchnn
        >>> layer = scratchnn.Linear(3, 2)
        >>> layer.load_state_dict(torch.nn.Linear(3, 2).state_dict())
        IncompatibleKeys(missing_keys=[], unexpected_keys=[])
        >>> layer.load_state_dict({"weight": torch.ones(3, 2)}, strict=False)
        Traceback (most recent call last):
        scratchnn.errors.StateDictError: the state does not fit Linear:
          'weight' is (3, 2), expected (2, 3)
        """
        return load(type(self).__name__, self._state(), state, strict=strict)

    def extra_repr(self) -> str:
        """Return the settings that stand between the parentheses of `repr`."""
        return ""

    def __repr__(self) -> str:
        head = self.extra_repr()
        children = [
            f"({name}): {member!r}" for name, member in self._members() if isinstance(member, Tree)
        ]
        if not children:
            return f"{type(self).__name__}({head})"
        lines = "\n".join([head, *children] if head else children).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {lines}\n)"


def _found(name: str, value: object) -> Iterator[tuple[str, Parameter | Tree]]:
    """Yield what an attribute holds: itself, or the items of a list, a tuple or a dictionary."""
    if isinstance(value, Parameter | Tree):
        yield name, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _found(f"{name}.{index}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _found(f"{name}.{key}", item)

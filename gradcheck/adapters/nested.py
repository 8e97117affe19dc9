"""Arguments of any form: the tensors in them, at any depth, and the same form with others inside.

Lists, tuples, dictionaries and dataclasses are entered.  A complex tensor is two real ones: its
leaf is ``torch.view_as_real`` of it, so that a gradient holds ∂L/∂Re and ∂L/∂Im, which is torch's
convention for complex gradients.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.subject import Values

_COMPLEX = {torch.float32: torch.complex64, torch.float64: torch.complex128}


@dataclass(frozen=True)
class Place:
    """Where one leaf stands.

    Attributes:
        name: As one would write it: ``weights['a'][0]``.
        value: What was given there.
    """

    name: str
    value: Tensor

    @property
    def is_complex(self) -> bool:
        """Whether its leaf has an axis more, for the two parts."""
        return self.value.is_complex()


@dataclass(frozen=True)
class Nested:
    """The arguments of a call, some of whose tensors are leaves.

    Attributes:
        arguments: As they were given.
        names: One for each.

    >>> nested = Nested(([torch.ones(2), 3], {"a": torch.zeros(1)}), ("x", "options"))
    >>> [place.name for place in nested.leaves]
    ['x[0]', "options['a']"]
    >>> nested.filled((torch.ones(1), torch.ones(2)))
    ([tensor([1.]), 3], {'a': tensor([1., 1.])})
    """

    arguments: tuple[Any, ...]
    names: tuple[str, ...]

    @cached_property
    def leaves(self) -> tuple[Place, ...]:
        """The tensors that ask for a gradient; where none does, all that could.

        A tensor that is given twice is one leaf, under its first name: its gradient is a sum.

        Raises:
            ExerciseError: If one is sparse, or nested in torch's own sense.
        """
        pairs = zip(self.names, self.arguments, strict=True)
        found = [place for name, item in pairs for place in _places(name, item)]
        for place in found:
            refuse_sparse(place.name, place.value)
        single = {id(place.value): place for place in reversed(found)}
        found = [place for place in found if single[id(place.value)] is place]
        asking = [place for place in found if place.value.requires_grad]
        return tuple(asking or found)

    @cached_property
    def _is_leaves_alone(self) -> bool:
        """Whether each argument is a leaf, as a rule: then nothing need be searched."""
        return [id(item) for item in self.arguments] == [id(place.value) for place in self.leaves]

    def values(self, dtype: torch.dtype) -> Values:
        """What stands at the leaves, the two parts of a complex one side by side, in this dtype."""
        return tuple(real(place.value.detach()).to(dtype).clone() for place in self.leaves)

    def filled(self, values: Values, dtype: torch.dtype | None = None) -> tuple[Any, ...]:
        """The arguments with these in the place of the leaves.

        All other floating-point tensors are cast to ``dtype``, if one is given.
        """
        if self._is_leaves_alone:
            return tuple(_as_given(place, v) for place, v in zip(self.leaves, values, strict=True))
        pairs = zip(self.leaves, values, strict=True)
        made = {id(place.value): _as_given(place, value) for place, value in pairs}

        def replaced(tensor: Tensor) -> Tensor:
            own = made.get(id(tensor))
            return cast(tensor.detach(), dtype) if own is None else own

        return tuple(rebuilt(item, replaced) for item in self.arguments)


def refuse_sparse(name: str, value: Any) -> None:
    """Raise for a tensor that holds no number for each of its elements.

    Raises:
        ExerciseError: With what to do instead.
    """
    if isinstance(value, Tensor) and value.layout != torch.strided:
        raise ExerciseError(
            f"{name} is {value.layout}, and only dense (strided) tensors are "
            "checked: pass its to_dense(), and make it sparse inside the function"
        )


def real(tensor: Tensor) -> Tensor:
    """A complex tensor with its parts along a last axis; any other as it is."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def in_memory(tensor: Tensor) -> Tensor:
    """As numbers in memory: a zero that torch only notes down, or a sparse gradient, has none.

    Torch computes with such zeros in Python, and imports its compiler for that.
    """
    if tensor._is_zerotensor():  # noqa: SLF001 it has no other name
        return torch.zeros(tensor.shape, dtype=tensor.dtype, device=tensor.device)
    return tensor if tensor.layout == torch.strided else tensor.to_dense()


def cast(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    """To this real dtype, or its complex partner; what holds whole numbers as it is."""
    if dtype is None:
        return tensor
    if tensor.is_complex():
        return tensor.to(_COMPLEX.get(dtype, tensor.dtype))
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


def has_gradient(item: Any) -> bool:
    """Whether it is a tensor of a kind that autograd differentiates."""
    return isinstance(item, Tensor) and (item.is_floating_point() or item.is_complex())


def tensors_of(item: Any) -> list[Tensor]:
    """Every tensor in it of a kind that autograd differentiates, in order.

    >>> tensors_of({"a": (torch.zeros(1), 3), "b": torch.arange(2)})
    [tensor([0.])]
    """
    if isinstance(item, Tensor):
        return [item] if has_gradient(item) else []
    found: list[Tensor] = []
    rebuilt(item, lambda tensor: found.append(tensor) if has_gradient(tensor) else None)
    return found


def rebuilt(item: Any, replaced: Callable[[Tensor], Any]) -> Any:
    """The same form, with every tensor replaced."""
    if isinstance(item, Tensor):
        return replaced(item)
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return type(item)(*(rebuilt(part, replaced) for part in item))
    if isinstance(item, list | tuple):
        return type(item)(rebuilt(part, replaced) for part in item)
    if isinstance(item, dict):
        return {key: rebuilt(part, replaced) for key, part in item.items()}
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        parts = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
        changed = {name: rebuilt(part, replaced) for name, part in parts.items()}
        return dataclasses.replace(item, **changed)
    return item


def _as_given(place: Place, value: Tensor) -> Tensor:
    # A clone: no leaf may be changed in place where torch keeps a graph.
    return torch.view_as_complex(value.contiguous()) if place.is_complex else value.clone()


def _places(name: str, item: Any) -> Iterator[Place]:
    if has_gradient(item):
        yield Place(name, item)
        return
    for step, part in _parts(item):
        yield from _places(f"{name}{step}", part)


def _parts(item: Any) -> Sequence[tuple[str, Any]]:
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        return [(f".{key}", getattr(item, key)) for key in item._fields]
    if isinstance(item, list | tuple):
        return [(f"[{index}]", part) for index, part in enumerate(item)]
    if isinstance(item, dict):
        return [(f"[{key!r}]", part) for key, part in item.items()]
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return [(f".{f.name}", getattr(item, f.name)) for f in dataclasses.fields(item)]
    return []

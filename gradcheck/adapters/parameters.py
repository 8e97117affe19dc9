"""What an object lists as its parameters, and how each is set and its gradient read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.snapshot import NOT_STATE, reachable
from gradcheck.subject import Unlisted


class Parameter(Protocol):
    """One parameter of the private copy."""

    value: Tensor

    def set(self, value: Tensor) -> None:
        """Give it a value, and the gradient that it had before any backward."""

    def gradient(self) -> Tensor | None:
        """Return what a backward has stored; None if nothing."""


class Holder:
    """An object with ``data`` and ``grad``, as in scratchnn."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self._starts_at_zero = holder.grad is not None
        self.value: Tensor = holder.data

    def set(self, value: Tensor) -> None:
        """Some code adds to ``grad`` with ``+=`` and starts it at zeros, some starts at None."""
        self._holder.data = value
        self._holder.grad = torch.zeros_like(value) if self._starts_at_zero else None

    def gradient(self) -> Tensor | None:
        """Return the attribute ``grad``."""
        gradient: Tensor | None = self._holder.grad
        return gradient


class Slots:
    """A tensor that is a parameter itself, wherever the object keeps it.

    Setting its ``data`` would hide the value from autograd: the tensor is replaced instead.
    """

    def __init__(self, tensor: Tensor, root: object) -> None:
        self.value = tensor
        containers = [item for item in reachable(root) if isinstance(item, dict | list)]
        self._slots = [
            (container, key)
            for container in containers
            for key, item in _items(container)
            if item is tensor
        ]

    def set(self, value: Tensor) -> None:
        """Put the value in every place."""
        self._now = value
        for container, key in self._slots:
            container[key] = value

    def gradient(self) -> Tensor | None:
        """Return the tensor's own ``grad``, or that of what has taken its place."""
        container, key = self._slots[0] if self._slots else ([self._now], 0)
        gradient: Tensor | None = container[key].grad
        return gradient


def parameters_of(instance: Any) -> dict[str, Parameter]:
    """Every tensor, and every object with ``data`` and ``grad``, that an object lists."""
    if callable(getattr(instance, "named_parameters", None)):
        named: Iterable[tuple[str, Any]] = instance.named_parameters()
    elif callable(getattr(instance, "parameters", None)):
        named = ((f"parameter{i}", parameter) for i, parameter in enumerate(instance.parameters()))
    else:
        named = ()
    found: dict[str, Parameter] = {}
    for name, parameter in named:
        if isinstance(parameter, Tensor):
            found[name] = Slots(parameter, instance)
        elif isinstance(getattr(parameter, "data", None), Tensor) and hasattr(parameter, "grad"):
            found[name] = Holder(parameter)
    return found


def unlisted(instance: Any, listed: Iterable[Parameter]) -> dict[str, Unlisted]:
    """The floating-point tensors and arrays, and objects with ``data`` and ``grad``, left out.

    Only what is found by attributes, lists and dictionaries is named, by its way there.

    >>> class Dense:
    ...     weight = None
    >>> dense = Dense()
    >>> dense.weight = torch.ones(2)
    >>> list(unlisted(dense, ()))
    ['weight']
    """
    seen = {id(parameter.value) for parameter in listed}
    return dict(_left_out("", vars(instance), seen)) if hasattr(instance, "__dict__") else {}


# torch keeps these between a module and what it holds; nobody writes them.
_SILENT = ("_parameters", "_buffers", "_modules")


def _left_out(way: str, item: Any, seen: set[int]) -> Iterator[tuple[str, Unlisted]]:
    if id(item) in seen or isinstance(item, NOT_STATE):
        return
    seen.add(id(item))
    if isinstance(item, dict | list | tuple):
        for key, part in _items(item):
            name = way if key in _SILENT else f"{way}.{key}".removeprefix(".")
            yield from _left_out(name, part, seen)
    elif _is_holder(item):
        if id(item.data) not in seen:
            yield way, Unlisted(item.data.detach(), is_parameter=True)
        seen.add(id(item.data))
    elif (tensor := _floating(item)) is not None:
        yield way, Unlisted(tensor, is_parameter=False)
    elif hasattr(item, "__dict__") and not isinstance(item, Tensor):
        yield from _left_out(way, vars(item), seen)


def _is_holder(item: Any) -> bool:
    return (
        not isinstance(item, Tensor)
        and isinstance(getattr(item, "data", None), Tensor)
        and item.data.is_floating_point()
        and hasattr(item, "grad")
    )


def _floating(item: Any) -> Tensor | None:
    """The tensor, or one on the memory of the array, if it holds floating-point numbers."""
    if isinstance(item, Tensor):
        return item.detach() if item.is_floating_point() else None
    kinds = (np.float16, np.float32, np.float64)
    writable = isinstance(item, np.ndarray) and item.dtype in kinds and item.flags.writeable
    return torch.from_numpy(item) if writable else None


def _items(container: Any) -> Iterable[tuple[Any, Any]]:
    return list(container.items()) if isinstance(container, dict) else enumerate(container)

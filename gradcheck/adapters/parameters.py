"""What an object lists as its parameters, and how each is set and its gradient read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import torch
from torch import Tensor

from gradcheck.adapters.routes import Route, floating, routes
from gradcheck.adapters.shape import is_written, member_of
from gradcheck.adapters.snapshot import reachable
from gradcheck.subject import Unlisted


class Parameter(Protocol):
    """One parameter of the private copy.

    Attributes:
        value: What it is, as a tensor.
        item: The very tensor or array.
    """

    value: Tensor
    item: Any

    def set(self, value: Tensor) -> None:
        """Give it a value, and the gradient that it had before any backward."""

    def gradient(self) -> Any:
        """Return what a backward has stored; None if nothing."""


class Holder:
    """An object with ``data`` and ``grad``, as in scratchnn."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self._starts_at_zero = holder.grad is not None
        self.value: Tensor = holder.data
        self.item = holder.data

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
        self.value = self.item = tensor
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
    found: dict[str, Parameter] = {}
    for name, parameter in _named(instance):
        if isinstance(parameter, Tensor):
            found[name] = Slots(parameter, instance)
        elif isinstance(getattr(parameter, "data", None), Tensor) and hasattr(parameter, "grad"):
            found[name] = Holder(parameter)
    return found


def _named(instance: Any) -> Iterable[tuple[str, Any]]:
    """What its methods list; nothing where they are stubs of a base that has no parameters."""
    if callable(member_of(instance, "named_parameters")):
        return list(instance.named_parameters())
    if callable(member_of(instance, "parameters")) and is_written(instance, "parameters"):
        listed = instance.parameters()
        if isinstance(listed, Iterable):  # some only count them
            return [(f"parameter{i}", one) for i, one in enumerate(listed)]
    return ()


def unlisted(instance: Any, listed: Iterable[Any]) -> dict[str, Unlisted]:
    """The floating-point tensors and arrays, and objects with ``data`` and ``grad``, left out.

    ``listed`` are the very tensors that are not.

    Only what is found by attributes, lists and dictionaries is named, by its way there.

    >>> class Dense:
    ...     weight = None
    >>> dense = Dense()
    >>> dense.weight = torch.ones(2)
    >>> list(unlisted(dense, ()))
    ['weight']
    """
    seen = {id(item) for item in listed}
    found: dict[str, Unlisted] = {}
    for route, item in routes(instance).items():
        tensor = floating(item)
        if id(item) in seen or tensor is None:
            continue
        seen.add(id(item))
        holder = Route(route.steps[:-1]).get(instance) if route.steps[-1].key == "data" else None
        is_parameter = holder is not None and _is_holder(holder)
        name = route.name.removesuffix(".data") if is_parameter else route.name
        if not (route.name.endswith(".grad") and _is_holder(Route(route.steps[:-1]).get(instance))):
            found[name] = Unlisted(tensor, is_parameter=is_parameter)
    return found


def _is_holder(item: Any) -> bool:
    return (
        not isinstance(item, Tensor)
        and isinstance(getattr(item, "data", None), Tensor)
        and item.data.is_floating_point()
        and hasattr(item, "grad")
    )


def _items(container: Any) -> Iterable[tuple[Any, Any]]:
    return list(container.items()) if isinstance(container, dict) else enumerate(container)

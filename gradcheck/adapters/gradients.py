"""Where a gradient is read after each backward, and how it is forgotten before one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import tensor_of
from gradcheck.adapters.bench import copy_of
from gradcheck.adapters.routes import MISSING, Route, floating, is_number, like


class Reader(Protocol):
    """Reads one gradient of the private copy."""

    def read(self) -> Any:
        """Return the gradient as it is now; None if there is none."""

    def reset(self) -> None:
        """Put back what was there before any backward."""


class Along:
    """A gradient that the object keeps, found anew along its way.

    Args:
        root: The object.
        ways: Where it was held before any backward: under every name that it had.
        way: Where it is read.
    """

    def __init__(self, root: object, way: Route, ways: Sequence[Route] = ()) -> None:
        self._root = root
        self._way = way
        self._ways = [way, *(other for other in ways if other != way)]
        self._first = _emptied(way.get(root))
        self._lack = _lack(way, root) if self._first is MISSING else None

    def read(self) -> Any:
        """Whatever lies at the end of the way, if it is a tensor or an array."""
        return _read(self._way.get(self._root))

    def reset(self) -> None:
        """All names get one and the same new copy."""
        if self._lack is not None:
            way, nothing = self._lack
            way.drop(self._root) if nothing is MISSING else way.put(self._root, nothing)
            return
        fresh = _copied(self._first)
        for way in self._ways:
            if way.get(self._root) is not MISSING:
                way.put(self._root, fresh)


class Beside:
    """A gradient that is a tensor's own ``grad``.

    Some code adds to it with ``+=`` and starts it at zeros, some starts at None.
    """

    def __init__(self, root: object, way: Route) -> None:
        self._root = root
        self._way = way
        self._starts_at_zero = way.get(root).grad is not None

    def read(self) -> Any:
        """That of whatever tensor lies there now."""
        return self._way.get(self._root).grad

    def reset(self) -> None:
        """A new tensor has none; zeros, where the first one had some."""
        tensor = self._way.get(self._root)
        if tensor.is_leaf:
            tensor.grad = torch.zeros_like(tensor) if self._starts_at_zero else None


class Asked:
    """A gradient that one of the object's methods returns."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask

    def read(self) -> Any:
        """Ask again."""
        return _read(self._ask())

    def reset(self) -> None:
        """Nothing: what it returns is not known to be kept."""


class Moved:
    """A gradient that no one keeps: backward takes the step itself, with a known learning rate.

    before − after = rate × gradient,  and the weight is then put back.
    """

    def __init__(self, root: object, ways: Sequence[Route], rate: float) -> None:
        self._root = root
        self._ways = ways
        self._rate = rate
        self._before: Any = None
        self._held: Any = None

    def remember(self, held: Any) -> None:
        """Look at the weight before a backward."""
        self._held, self._before = held, _copied(held)

    def read(self) -> Any:
        """The step, divided by the rate."""
        after = floating(self._ways[0].get(self._root))
        before = floating(self._before)
        if after is None or before is None:
            return None
        gradient = (before - after) / self._rate
        _overwrite(self._held, self._before)
        for way in self._ways:
            way.put(self._root, self._held)
        return gradient

    def reset(self) -> None:
        """Nothing is kept."""


class Held:
    """A parameter that the object keeps as a tensor or an array, and where its gradient is read.

    Args:
        root: The object.
        ways: Where it is held, under every name.
        reader: Reads its gradient.
        is_plain: Whether it was a plain number: such a one has no shape.
    """

    def __init__(
        self, root: object, ways: Sequence[Route], reader: Reader, *, is_plain: bool = False
    ) -> None:
        self._root = root
        self._is_plain = is_plain
        self._ways = ways
        self._reader = reader
        self.item = ways[0].get(root)
        self.value: Tensor = torch.as_tensor(self.item)

    @property
    def name(self) -> str:
        """The first of its names."""
        return self._ways[0].name

    def set(self, value: Tensor) -> None:
        """Put the value in every place, and forget the gradient."""
        for way in self._ways:
            way.put(self._root, like(self.item, value))
        self._reader.reset()

    def before_backward(self) -> None:
        """A step inside the backward is measured from here."""
        if isinstance(self._reader, Moved):
            self._reader.remember(self._ways[0].get(self._root))

    def gradient(self) -> Any:
        """Read it where its author leaves it; a plain number has no shape or precision to mind."""
        found = self._reader.read()
        if found is None:
            return None
        is_free = is_number(found) or self._is_plain
        gradient = copy_of(found) if is_number(found) else tensor_of(found)
        fits = is_free and gradient.numel() == self.value.numel() == 1
        return gradient.reshape(self.value.shape).to(self.value) if fits else gradient


def _lack(way: Route, root: object) -> tuple[Route, Any]:
    """Where a way ended before any backward, and with what: a tensor's ``grad`` that was None."""
    parts = (Route(way.steps[:count]) for count in range(1, len(way.steps) + 1))
    found = ((part, part.get(root)) for part in parts)
    return next(one for one in found if one[1] is None or one[1] is MISSING)


def _read(item: Any) -> Any:
    """A tensor, an array or a number; nothing where it is nothing of that."""
    return item if isinstance(item, Tensor | np.ndarray | np.floating | float) else None


def _emptied(item: Any) -> Any:
    """Zeros, where a gradient will be added: ``empty`` memory holds whatever was there before."""
    if isinstance(item, Tensor):
        return torch.zeros_like(item)
    if isinstance(item, np.ndarray):
        return np.zeros_like(item)
    return 0.0 if is_number(item) else item


def _copied(item: Any) -> Any:
    if isinstance(item, Tensor):
        return item.detach().clone()
    return item.copy() if isinstance(item, np.ndarray) else item


def _overwrite(item: Any, value: Any) -> None:
    if isinstance(item, Tensor):
        item.detach().copy_(value)
    elif isinstance(item, np.ndarray):
        np.copyto(item, value)

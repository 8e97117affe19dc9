"""Where an object keeps its tensors and arrays: the way to each, along which it is read and set.

Attributes, lists, dictionaries and tuples are walked, and objects inside them.  A way outlives what
lies at its end: code that makes its gradients anew at each backward is read along the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.snapshot import NOT_STATE

MISSING = object()
"""What lies at the end of a way that leads nowhere."""

# torch keeps these between a module and what it holds; nobody writes them.
_SILENT = ("_parameters", "_buffers", "_modules")
_FIRST = (0, 1)
_FLOATS = (np.float16, np.float32, np.float64)


@dataclass(frozen=True)
class Step:
    """One step of a way: to an attribute, or to an item of a container."""

    key: Any
    is_attribute: bool = False

    def taken(self, item: Any) -> Any:
        """What lies behind the step, or ``MISSING``."""
        if self.is_attribute:
            return vars(item).get(self.key, MISSING) if hasattr(item, "__dict__") else MISSING
        try:
            return item[self.key]
        except (LookupError, TypeError):
            return MISSING


@dataclass(frozen=True)
class Route:
    """The way from an object to one of its tensors.

    >>> class Dense:
    ...     pass
    >>> dense = Dense()
    >>> dense.pairs = [(torch.ones(2), None)]
    >>> route = next(iter(routes(dense)))
    >>> route.name
    'pairs.0.0'
    >>> route.put(dense, torch.zeros(3))
    >>> dense.pairs
    [(tensor([0., 0., 0.]), None)]
    """

    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """As one would say it: ``layers.0.weight``."""
        return ".".join(str(step.key) for step in self.steps if step.key not in _SILENT)

    def get(self, root: Any) -> Any:
        """What lies at its end now, or ``MISSING``."""
        item = root
        for step in self.steps:
            if item is MISSING:
                break
            item = step.taken(item)
        return item

    def put(self, root: Any, value: Any) -> None:
        """Set what lies at its end; a tuple on the way is made anew."""
        _replaced(root, self.steps, value)

    def drop(self, root: Any) -> None:
        """Take away what lies at its end, as if it had never been set."""
        holder = Route(self.steps[:-1]).get(root)
        last = self.steps[-1]
        container = vars(holder) if last.is_attribute and hasattr(holder, "__dict__") else holder
        if isinstance(container, dict):
            container.pop(last.key, None)


def routes(root: object) -> dict[Route, Any]:
    """The way to every floating-point tensor and array; to one held twice, both ways."""
    return dict(_walked(root, (), _homes(root)))


def numbers(root: object) -> dict[Route, Any]:
    """The way to every plain number that may be a weight: of whole ones, to a zero or a one.

    >>> class Scale:
    ...     pass
    >>> scale = Scale()
    >>> scale.gain, scale.size, scale.is_fast = 1.5, 7, True
    >>> [way.name for way in numbers(scale)]
    ['gain']
    """
    found: dict[Route, Any] = {}
    pending = [((*steps, step), part) for steps, item in _held(root) for step, part in _parts(item)]
    for steps, part in pending:
        if is_number(part) or (type(part) is int and part in _FIRST):
            found[Route(steps)] = part
    return found


def is_number(item: Any) -> bool:
    """Whether it is a floating-point number by itself, in no array.

    >>> is_number(0.5), is_number(np.float32(0.5)), is_number(1), is_number(np.array(0.5))
    (True, True, False, False)
    """
    return isinstance(item, float | np.floating)


def floating(item: Any) -> Tensor | None:
    """The tensor, or one on the memory of the array, if it holds floating-point numbers.

    A number by itself is one in a tensor without axes.
    """
    if is_number(item):
        return torch.tensor(float(item), dtype=torch.float64, device="cpu")
    if isinstance(item, Tensor):
        return item.detach() if item.is_floating_point() else None
    writable = isinstance(item, np.ndarray) and item.dtype in _FLOATS and item.flags.writeable
    if not writable:
        return None
    return torch.from_numpy(item if min(item.strides, default=0) >= 0 else item.copy())


def like(item: Any, value: Tensor) -> Any:
    """A value in the kind of an item: an array, where it is NumPy's, on the same memory.

    One of a class of somebody's own keeps what hangs on it, such as a gradient.
    """
    if not isinstance(item, np.ndarray | np.generic):
        return value
    array = value.detach().numpy()
    if not hasattr(item, "__dict__"):
        return array
    own = array.view(type(item))
    vars(own).update(vars(item))
    return own


def same_items(found: Mapping[Route, Any]) -> dict[int, list[Route]]:
    """The ways to each item, by its identity."""
    ways: dict[int, list[Route]] = {}
    for route, item in found.items():
        ways.setdefault(id(item), []).append(route)
    return ways


def _homes(root: object) -> dict[int, tuple[Step, ...]]:
    """The shortest way to each object that holds others; the first, where several are.

    What a weight keeps of the graph that it stands in leads to the other weights, too.
    """
    return {id(item): steps for steps, item in _held(root)}


def _held(root: object) -> list[tuple[tuple[Step, ...], Any]]:
    """Each object that holds others, once, behind the shortest way to it."""
    homes: dict[int, tuple[tuple[Step, ...], Any]] = {}
    level: list[tuple[tuple[Step, ...], Any]] = [((), root)]
    while level:
        below: list[tuple[tuple[Step, ...], Any]] = []
        for steps, item in level:
            if id(item) not in homes and not isinstance(item, NOT_STATE):
                homes[id(item)] = (steps, item)
                below += [((*steps, step), part) for step, part in _parts(item)]
        level = below
    return list(homes.values())


def _walked(
    item: Any, steps: tuple[Step, ...], homes: Mapping[int, tuple[Step, ...]]
) -> Iterator[tuple[Route, Any]]:
    if isinstance(item, Tensor | np.ndarray):
        if floating(item) is not None:
            yield Route(steps), item
        if isinstance(item, Tensor) or not hasattr(item, "__dict__"):
            return
    # An object met a second time is known already; a tuple or list may be a mere view of others.
    if homes.get(id(item)) == steps:
        for step, part in _parts(item):
            yield from _walked(part, (*steps, step), homes)


def _parts(item: Any) -> list[tuple[Step, Any]]:
    if isinstance(item, Tensor | str | int | float | None):
        return []
    if isinstance(item, dict):
        return [(Step(key), part) for key, part in item.items()]
    if isinstance(item, list | tuple):
        return [(Step(index), part) for index, part in enumerate(item)]
    if hasattr(item, "__dict__"):
        return [(Step(key, is_attribute=True), part) for key, part in vars(item).items()]
    return []


def _replaced(item: Any, steps: tuple[Step, ...], value: Any) -> Any:
    """The item with the value at the end of these steps: itself, unless it is a tuple."""
    if not steps:
        return value
    step, *rest = steps
    inner = _replaced(step.taken(item), tuple(rest), value)
    if isinstance(item, tuple):
        parts = (*item[: step.key], inner, *item[step.key + 1 :])
        return type(item)(*parts) if hasattr(item, "_fields") else parts
    if step.is_attribute:
        vars(item)[step.key] = inner
    elif item is not MISSING:
        with suppress(LookupError, TypeError):  # a list that its owner has emptied since
            item[step.key] = inner
    return item

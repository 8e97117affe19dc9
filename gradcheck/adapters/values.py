"""The values of somebody's own engine: how one is made and read, and where its backward begins.

A cotangent is handed to a ``backward(grad)``.  A ``backward()`` puts ones there, and is watched as
it does: what it puts is the cotangent instead.  Where it wants a single number, that is the sum of
the output times the cotangent, by the engine's own operations.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.engines import copied
from gradcheck.adapters.holders import DATA, GRAD, Holder, has, holds_numbers, made_of
from gradcheck.adapters.instructions import ignores_its_arguments
from gradcheck.adapters.shape import backward_of
from gradcheck.adapters.vocabulary import COTANGENT, means
from gradcheck.errors import BackwardError, one_line
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import is_required, positional

_ONES = np.ones(2)

Seed = Callable[[Any, Any], None]
"""An output and its cotangent: the walk is run from there."""


@dataclass(frozen=True)
class Engine(Holder):
    """A class of values that can walk back from one of them.

    Attributes:
        walk: The name of its backward.
        scalars: Whether a value is one number.
    """

    walk: str
    scalars: bool

    def attributes(self, value: Any) -> dict[str, Any]:
        """All that a value holds, in slots as well."""
        return attributes_of(value)

    @property
    def seeds(self) -> tuple[Seed, ...]:
        """The ways to begin its backward, the plainest first."""
        heard = [self._told, self._told_a_value] if self._takes_cotangent else []
        return (*heard, self._watched, self._multiplied)

    @property
    def own_seeds(self) -> tuple[Seed, ...]:
        """Those that begin at the output itself: a further step hides that its graph is gone."""
        return self.seeds[:-1]

    @property
    def _takes_cotangent(self) -> bool:
        method = getattr(self.kind, self.walk)
        words = positional(method)[1:2]
        return bool(words) and means(COTANGENT, words[0].name) and not ignores_its_arguments(method)

    def _told(self, out: Any, cotangent: Any) -> None:
        getattr(out, self.walk)(copied(cotangent))

    def _told_a_value(self, out: Any, cotangent: Any) -> None:
        getattr(out, self.walk)(self.kind(copied(cotangent)))

    def _watched(self, out: Any, cotangent: Any) -> None:
        """Where its backward sets ones, it sets the cotangent.

        Raises:
            BackwardError: If it sets none.
        """
        watched, waiting = _watched_class(self.kind, self.grad)
        own = out.__class__
        waiting[id(out)] = self._seed_for(cotangent)
        out.__class__ = watched
        try:
            getattr(out, self.walk)()
        finally:
            out.__class__ = own
            unheard = waiting.pop(id(out), None)
        if unheard is not None:
            raise BackwardError(f"{self.kind.__name__}.{self.walk} begins with no gradient of one")

    def _seed_for(self, cotangent: Any) -> Callable[[Any], Any]:
        def instead(ones: Any) -> Any:
            return self.kind(copied(cotangent)) if isinstance(ones, self.kind) else cotangent

        def seed(found: Any) -> Any:
            numbers = self.numbers(found) if isinstance(found, self.kind) else found
            return instead(found) if _is_one(numbers) else None

        return seed

    def _multiplied(self, out: Any, cotangent: Any) -> None:
        total = out * self.kind(copied(cotangent))
        getattr(total.sum() if np.ndim(cotangent) else total, self.walk)()


@functools.lru_cache(maxsize=256)
def engine_of(kind: type) -> Engine | None:
    """What a class of values is like, as two of them show; None where it is none."""
    walk = backward_of(kind)
    if walk is None or issubclass(kind, BaseException | Tensor | torch.nn.Module):
        return None
    asked = [p for p in positional(getattr(kind, walk))[1:] if is_required(p)]
    if not positional(kind) or not all(means(COTANGENT, p.name) for p in asked[:1]) or asked[1:]:
        return None
    with silenced(), preserved_globals():
        one, several = made_of(kind, 0.5), made_of(kind, _ONES)
        shown = one if several is None else several
        data = next((name for name in DATA if holds_numbers(shown, name)), None)
        grad = next((name for name in GRAD if has(shown, name)), None)
        if data is None or grad is None:
            return None
        scalars = several is None or (
            getattr(several, data) is _ONES and isinstance(getattr(several, grad), int | float)
        )
        return Engine(kind, data, grad, walk, scalars)


def attributes_of(value: Any) -> dict[str, Any]:
    """All that an object holds, in slots as well."""
    said = [vars(base).get("__slots__", ()) for base in type(value).__mro__]
    slots = [name for names in said if isinstance(names, tuple | list | set) for name in names]
    slots += [name for name in said if isinstance(name, str)]
    held = {name: getattr(value, name, None) for name in slots if isinstance(name, str)}
    return {**held, **getattr(value, "__dict__", {})}


def walk_from(holder: Holder, out: Any, cotangent: Any) -> None:
    """Begin the engine's own backward at an output, in the first way that it takes.

    Raises:
        BackwardError: If it takes none.
    """
    walk = backward_of(holder.kind)
    if walk is None:
        raise BackwardError(f"{holder.kind.__name__} has no backward")
    refused = Exception("nothing")
    for seed in Engine(holder.kind, holder.data, holder.grad, walk, scalars=False).own_seeds:
        try:
            seed(out, cotangent)
        except Exception as error:  # noqa: BLE001 somebody's walk, begun in a way it may refuse
            refused = error
        else:
            return
    raise BackwardError(f"{holder.kind.__name__}.{walk} raised {one_line(refused)}") from refused


def is_number(value: Any) -> bool:
    """Whether it holds floating-point numbers, and stands for one value of an engine."""
    if isinstance(value, Tensor):
        return value.is_floating_point()
    is_array = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return is_array or isinstance(value, float)


@functools.lru_cache(maxsize=256)
def _watched_class(kind: Any, grad: str) -> tuple[type, dict[int, Callable[[Any], Any]]]:
    """A class of the same values, whose gradient of one is another; and which, for which value."""
    waiting: dict[int, Callable[[Any], Any]] = {}
    inner = inspect.getattr_static(kind, grad, None)

    def read(self: Any) -> Any:
        return inner.__get__(self) if hasattr(inner, "__get__") else vars(self)[grad]

    def written(self: Any, value: Any) -> None:
        seed = waiting.get(id(self))
        instead = seed(value) if seed else None
        if instead is not None:
            del waiting[id(self)]
            value = instead
        if hasattr(inner, "__set__"):
            inner.__set__(self, value)
        else:
            vars(self)[grad] = value

    body = {grad: property(read, written), "__slots__": (), "__module__": kind.__module__}
    return type(kind.__name__, (kind,), body), waiting


def _is_one(numbers: Any) -> bool:
    if isinstance(numbers, Tensor):
        return bool((numbers == 1).all())
    return isinstance(numbers, int | float | np.ndarray | np.generic) and bool(np.all(numbers == 1))

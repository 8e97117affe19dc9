"""Plain numbers that an object trains: ``self.b = 0.0``, whose gradient is ``self.db``.

Most numbers of a layer are constants: a momentum, an epsilon, a learning rate.  One that the
forward reads is a weight where the backward claims a gradient of it, by name, by its value or by
moving it, or where it is called a weight and is no option.  In the private copy it becomes an array
without axes, or a tensor: that is read, moved and put back as every other weight is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.affixes import is_called_a_weight, is_gradient_of
from gradcheck.adapters.bench import Bench, apart, copy_of, same, taken
from gradcheck.adapters.routes import Route, numbers, routes
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import parameters
from gradcheck.subject import Outputs

_STEP = 2.0**-10
_CLOSE = 1e-2
_ROUNDED = 1e-5


@dataclass(frozen=True)
class Numbers:
    """The ways to some numbers, and what they are put into.

    Attributes:
        ways: To each.
        dtype: Of the arrays or tensors.
        tensors: Whether they are tensors.
    """

    ways: tuple[Route, ...] = ()
    dtype: torch.dtype = torch.float64
    tensors: bool = False

    def become_arrays(self, root: Any) -> None:
        """Each of these numbers, in an array without axes, or in a tensor."""
        for way in self.ways:
            way.put(root, self.holding(way.get(root)))

    def holding(self, number: float) -> Any:
        """A number in such an array or tensor."""
        tensor = torch.tensor(float(number), dtype=self.dtype, device="cpu")
        return tensor if self.tensors or self.dtype == torch.bfloat16 else tensor.numpy()


def trained_numbers(bench: Bench, kind: Numbers) -> Numbers:
    """The numbers that are weights, to be put into arrays; the object is left as it was."""
    held = numbers(bench.root)
    found = tuple(_Search(bench, kind).among(held)) if held else ()
    bench.base.restore()
    return replace(kind, ways=found)


class _Search:
    """One forward and one backward; then a finite difference for each number that may be meant."""

    def __init__(self, bench: Bench, kind: Numbers) -> None:
        self._bench = bench
        self._kind = kind

    def among(self, held: Mapping[Route, Any]) -> Iterator[Route]:
        """Those that the forward reads and leaves as they are, of which a gradient is claimed."""
        bench = self._bench
        bench.base.restore()
        self._outputs = taken(bench.drive.forward())
        self._u = tuple(bench.normal(y).to(y) for y in self._outputs)
        kept = [way for way, item in held.items() if way.get(bench.root) is item]
        between = _copies(bench.root)
        bench.drive.backward(tuple(u.clone() for u in self._u))
        after = _copies(bench.root)
        written = {way for way, now in after.items() if not _is_as(between.get(way), now)}
        claims = [*self._returned(), *(after[way] for way in written if after[way].numel() == 1)]
        for way in kept:
            moved = way in written and bench.drive.rate is not None
            named = any(
                other in written or not after[other].any() for other in _named_for(way, after)
            )
            told = named or moved or self._is_called_a_weight(way)
            slope = self._slope(way, held[way]) if told or claims else 0.0
            if slope and (told or _is_among(slope, claims)):
                yield way

    def _is_called_a_weight(self, way: Route) -> bool:
        """Whether it bears a weight's name, and is no option: a beta that is given stays."""
        holder = Route(way.steps[:-1]).get(self._bench.root)
        options = {one.name for one in parameters(type(holder))}
        return is_called_a_weight(way.name) and way.steps[-1].key not in options

    def _returned(self) -> list[Tensor]:
        """The single numbers that are returned beside the inputs' gradients."""
        drive = self._bench.drive
        parts = [copy_of(part) for part in drive.returned()]
        beside = len(parts) > 1 or not drive.has_inputs
        return [part for part in parts if part.numel() == 1] if beside else []

    def _slope(self, way: Route, number: float) -> float:
        """By how much the outputs move with it; nothing where they mind that it is an array."""
        step = _STEP * (abs(float(number)) or 1.0)
        try:
            here, high, low = (self._at(way, number + sign * step) for sign in (0, 1, -1))
        except ExerciseError:
            return 0.0
        if apart(here, self._outputs) > _ROUNDED:
            return 0.0
        pairs = zip(self._u, high, low, strict=True)
        return sum(float((u * (a - b)).double().sum()) for u, a, b in pairs) / (2 * step)

    def _at(self, way: Route, number: float) -> Outputs:
        self._bench.base.restore()
        way.put(self._bench.root, self._kind.holding(number))
        return taken(self._bench.drive.forward())


def _named_for(way: Route, held: Iterable[Route]) -> Iterator[Route]:
    """What is called a gradient of what is called so."""
    return (other for other in held if other != way and is_gradient_of(other.name, way.name))


def _is_among(slope: float, claims: Iterable[Tensor]) -> bool:
    return any(math.isclose(slope, float(one), rel_tol=_CLOSE) for one in claims)


def _copies(root: Any) -> dict[Route, Tensor]:
    found = {**routes(root), **numbers(root)}
    return {way: copy_of(item) for way, item in found.items()}


def _is_as(was: Tensor | None, now: Tensor) -> bool:
    return was is not None and same(was, now)

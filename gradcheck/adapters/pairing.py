"""Which of the tensors that a backward leaves or returns is the gradient of which weight.

Who belongs to whom is said by their author: in a list of pairs, by names such as ``W`` and ``dW``,
by returning it; where none of it is said, shapes and one finite difference tell.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.affixes import is_gradient_of, stem
from gradcheck.adapters.bench import Bench, copy_of, same
from gradcheck.adapters.declared import Question, ask_again, declared_pairs
from gradcheck.adapters.gradients import Along, Asked, Beside, Moved, Reader
from gradcheck.adapters.inner_step import Step, is_of_an_optimizer
from gradcheck.adapters.numbers import Numbers
from gradcheck.adapters.routes import Route, floating, is_number, numbers, routes, same_items
from gradcheck.errors import ExerciseError
from gradcheck.subject import UNWRITTEN

_STEP = 2.0**-10
_CLOSE = 1e-2

Parts = Callable[[], tuple[Any, ...]]
"""What the backward returned last."""

Make = Callable[[Any, Parts], Reader]
"""An object → what reads one of its gradients."""


@dataclass(frozen=True)
class Plan:
    """Where a parameter is held, and how its gradient is read."""

    ways: list[Route]
    make: Make


@dataclass(frozen=True)
class Discovery:
    """What was found.

    Attributes:
        plans: By name, in the order in which they are held.
        warm: Whether some appear only in a first forward.
        carries: Whether some are read only where a forward before has left a state.
        notes: What had to be decided by numbers.
        used_up: The weights that an optimizer inside the backward moves.
        origins: By name, how the gradient was found.
        returned: The places of those that the backward returns, and whether each fits by numbers.
        numbers: The weights that are plain numbers, to become arrays first.
    """

    plans: dict[str, Plan] = field(default_factory=dict)
    warm: bool = False
    carries: bool = False
    notes: tuple[str, ...] = ()
    used_up: frozenset[str] = frozenset()
    origins: Mapping[str, str] = field(default_factory=dict)
    returned: Mapping[int, bool] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)


def paired(bench: Bench, weights: list[list[Route]], plain: Numbers) -> Discovery:
    """The gradient of each weight, as far as one is found; some are plain numbers."""
    return _Pairing(bench, weights, plain).run()


class _Pairing:
    def __init__(self, bench: Bench, weights: list[list[Route]], plain: Numbers) -> None:
        self._bench = bench
        self._plain = set(plain.ways)
        self._root = bench.root
        self._weights = weights
        self._used: set[Route] = set()
        self._given_out: dict[int, bool] = {}
        self._notes: list[str] = []
        bench.base.restore()
        outputs = bench.drive.forward()
        self._rows = {y.shape[0] for y in outputs if y.ndim > 1}
        free = bench.drive.free_cotangent
        self._u = tuple(bench.normal(y).to(y) if free else torch.ones_like(y) for y in outputs)
        self._before = {route: (item, copy_of(item)) for route, item in self._held().items()}
        bench.drive.backward(tuple(u.clone() for u in self._u))
        self._after = self._held()
        self._values = {route: copy_of(item) for route, item in self._after.items()}
        self._pairs = declared_pairs(self._root)
        self._parts = tuple(bench.drive.returned())
        self._keys = tuple(bench.drive.keys())
        self._weight_ways = {way for ways in weights for way in ways}
        self._stepped = {ways[0] for ways in weights if self._is_written(ways[0])}

    def _held(self) -> dict[Route, Any]:
        """What it keeps now: of a single weight, the gradient may be a plain number."""
        return {**routes(self._root), **numbers(self._root)}

    def run(self) -> Discovery:
        used_up: set[Route] = set()
        makers: dict[str, Make] = {}
        origins: dict[str, str] = {}
        for say, how in (
            (self._moved_alone, "the step that the backward takes"),
            (self._returned_named, "the backward returns it under this name"),
            (self._said, "its author pairs them, in a list or by name"),
            (self._returned_fitting, "the backward returns it beside the input's"),
            (self._returned, "the backward returns it beside the input's"),
            (self._returned_unsummed, "the backward returns it, with a row for each sample"),
            (self._measured, "of what the backward writes, a finite difference fits it"),
            (self._moved, "the step that the backward takes"),
            (self._unsummed, "its author pairs them by name, with a row for each sample"),
            (self._misshapen, "its author pairs them by name, and the shapes differ"),
            (self._unwritten_said, UNWRITTEN),
            (self._nearest, "nothing fits: the nearest by number, name or shape"),
        ):
            for ways in self._weights:
                if ways[0].name in makers or ways[0] in used_up:
                    continue
                if say == self._moved and ways[0] in self._optimized:
                    used_up.add(ways[0])
                elif make := say(ways):
                    makers[ways[0].name] = make
                    origins[_shown(ways[0].name)] = how
        found = {
            _shown(ways[0].name): Plan(ways, makers[ways[0].name])
            for ways in self._weights
            if ways[0].name in makers
        }
        lost = frozenset(_shown(way.name) for way in used_up)
        return Discovery(
            found,
            notes=tuple(self._notes),
            origins=origins,
            used_up=lost,
            returned=self._given_out,
        )

    @cached_property
    def _optimized(self) -> set[Route]:
        """The weights whose step inside the backward is no plain one; asked where there is one."""
        return {ways[0] for ways in self._weights if self._is_optimized(ways)}

    def _is_optimized(self, ways: list[Route]) -> bool:
        was, rate = self._before.get(ways[0]), self._bench.drive.rate
        if ways[0] not in self._stepped or rate is None or was is None:
            return False
        first = Step(self._parts, was[1] - self._values[ways[0]])
        others = [(one, self._before[one[0]][1]) for one in self._weights if self._has_stepped(one)]
        mine = [(ways, was[1]), *(other for other in others if other[0] is not ways)]
        return is_of_an_optimizer(self._bench, self._u, first, mine)

    def _has_stepped(self, ways: list[Route]) -> bool:
        return ways[0] in self._stepped and ways[0] in self._before

    def _moved_alone(self, ways: list[Route]) -> Make | None:
        """The step, where what is kept beside the weight is no gradient, but that very step."""
        rate, was = self._bench.drive.rate, self._before.get(ways[0])
        if ways[0] not in self._stepped or rate is None or was is None:
            return None
        step = was[1] - self._values[ways[0]]
        kept = [self._values[route] for route in self._candidates(ways)]
        is_kept = any(torch.allclose(one.reshape(step.shape), step) for one in kept)
        return self._moved(ways) if is_kept and ways[0] not in self._optimized else None

    def _said(self, ways: list[Route]) -> Make | None:
        """By a list of pairs or by name, where the backward has written it."""
        kept = self._kept_by_torch(ways)
        return kept or self._declared(ways, written=True) or self._named(ways, written=True)

    def _kept_by_torch(self, ways: list[Route]) -> Make | None:
        """As the tensor's own ``grad``."""
        item = self._after.get(ways[0])
        if isinstance(item, Tensor) and item.is_leaf and item.grad is not None:
            return lambda root, parts: Beside(root, ways[0])  # noqa: ARG005 kept, not returned
        return None

    def _unwritten_said(self, ways: list[Route]) -> Make | None:
        """The same, where it has not: a gradient that is never computed is zero."""
        return self._declared(ways, written=False) or self._named(ways, written=False)

    def _declared(self, ways: list[Route], *, written: bool) -> Make | None:
        item = self._after.get(ways[0])
        for weight, gradient, question in self._pairs:
            if weight is not item or floating(gradient) is None:
                continue
            held = [route for route, other in self._after.items() if other is gradient]
            held = [route for route in held if route not in self._weight_ways]
            if held:
                mine = [route for route in held if self._is_written(route) == written]
                if mine:
                    return self._along(mine[0])
            elif written:
                return _asking(question)
        return None

    def _misshapen(self, ways: list[Route]) -> Make | None:
        """By name alone: an axis too many, or the wrong one summed, is no reason to overlook it.

        A plain number may be a constant beside it: ``scale``, and the gradient of what it scales.
        """
        is_plain = ways[0] in self._plain
        return None if is_plain else self._named(ways, written=True, sized=False)

    def _named(self, ways: list[Route], *, written: bool, sized: bool = True) -> Make | None:
        size = copy_of(ways[0].get(self._root)).numel()
        mine = [
            route
            for route, item in self._after.items()
            if route not in self._weight_ways
            and route not in self._used
            and any(is_gradient_of(route.name, way.name) for way in ways)
            and (copy_of(item).numel() == size) == sized
            and (sized or not is_number(item))
            and self._is_written(route) == written
        ]
        if len(mine) > 1 and sized:
            mine = [route for route in mine if self._fits(ways, self._values[route])] or mine
        return self._along(mine[0]) if mine else None

    def _unsummed(self, ways: list[Route]) -> Make | None:
        """By name, where the backward has left one row of it for each sample: wrong, and told so.

        Of rows only: who holds columns may mean one sample at a time.
        """
        mine = [
            route
            for route, value in self._values.items()
            if route not in self._weight_ways | self._used
            and any(is_gradient_of(route.name, way.name) for way in ways)
            and self._is_written(route)
            and self._is_unsummed(ways, value)
        ]
        if not mine:
            return None
        self._notes.append(f"{mine[0].name} has a row for each sample: it is not summed over them")
        return self._along(mine[0])

    def _is_unsummed(self, ways: list[Route], value: Tensor) -> bool:
        """Whether it has a row for each sample; of a plain number, whether their sum fits."""
        if ways[0] in self._plain:
            return value.numel() > 1 and self._fits(ways, value.sum())
        return tuple(value.shape) in self._shapes_unsummed(ways)

    def _returned_named(self, ways: list[Route]) -> Make | None:
        """In a dictionary, under the weight's own name; what each layer keeps may be another."""
        own = {way.name.rpartition(".")[2] for way in ways}
        return self._part([i for i in self._returned_for(ways) if self._key(i) in own])

    def _key(self, index: int) -> Any:
        return self._keys[index] if index < len(self._keys) else None

    def _returned_fitting(self, ways: list[Route]) -> Make | None:
        """Among what the backward returns, where a finite difference fits it."""
        mine = self._returned_for(ways)
        fitting = [i for i in mine if self._fits(ways, copy_of(self._parts[i]))]
        return self._part(fitting, fits=True)

    def _returned(self, ways: list[Route]) -> Make | None:
        """Among what is left of that: of this shape, else of this size."""
        mine, shape = self._returned_for(ways), copy_of(ways[0].get(self._root)).shape
        return self._part([i for i in mine if copy_of(self._parts[i]).shape == shape] or mine)

    def _returned_unsummed(self, ways: list[Route]) -> Make | None:
        """Among what is left, where the sum over the samples fits: wrong, and told so."""
        shapes = self._shapes_unsummed(ways)
        mine = [
            index
            for index, part in enumerate(self._parts)
            if self._returns_more
            and index not in self._given_out
            and floating(part) is not None
            and tuple(copy_of(part).shape) in shapes
            and self._fits(ways, copy_of(part).sum(dim=0))
        ]
        if mine:
            self._notes.append(f"the gradient of {ways[0].name} has a row for each sample")
        return self._part(mine)

    def _shapes_unsummed(self, ways: list[Route]) -> set[tuple[int, ...]]:
        """Those of its gradient, were it not summed over the samples."""
        shape = tuple(copy_of(ways[0].get(self._root)).shape)
        inner = shape[1:] if shape[:1] == (1,) else shape
        return {(rows, *inner) for rows in self._rows if rows > 1 and inner}

    def _returned_for(self, ways: list[Route]) -> list[int]:
        """What has its size of what is returned beside the inputs' gradients, for no other."""
        size = copy_of(ways[0].get(self._root)).numel()
        return [
            index
            for index, part in enumerate(self._parts)
            if self._returns_more and index not in self._given_out and copy_of(part).numel() == size
        ]

    @property
    def _returns_more(self) -> bool:
        """Whether something is returned beside an input's gradient."""
        return len(self._parts) > 1 or not self._bench.drive.has_inputs

    def _part(self, indices: list[int], *, fits: bool = False) -> Make | None:
        if not indices:
            return None
        index = indices[0]
        self._given_out[index] = fits
        return lambda root, parts: Asked(lambda: dict(enumerate(parts())).get(index))  # noqa: ARG005

    def _measured(self, ways: list[Route]) -> Make | None:
        """One finite difference tells which of the tensors written belongs to it."""
        for route in self._candidates(ways):
            if self._fits(ways, self._values[route]):
                self._notes.append(
                    f"{route.name} is the gradient of {ways[0].name}, by its numbers"
                )
                return self._along(route)
        return None

    def _nearest(self, ways: list[Route]) -> Make | None:
        """A gradient that fits nothing is wrong, or none: the nearest by its numbers or name.

        The first is a constant multiple of the gradient, the second bears the name of the weight
        or of a gradient, and the third is all that is left of its shape.
        """
        if ways[0] in self._stepped:
            return None  # the step is taken: what is left behind may be a moment of the gradient
        name = ways[0].name
        mine = [route for route in self._candidates(ways) if not is_number(self._after[route])]
        told = [r for r in mine if stem(r.name)[1] or _holds_name(r.name, name)]
        shape = copy_of(ways[0].get(self._root)).shape
        left = [r for r in mine if self._values[r].shape == shape and shape.numel() > 1]
        multiple = [r for r in mine if self._fits(ways, self._values[r], up_to_a_factor=True)]
        chosen = multiple or told or (left if len(left) == 1 else [])
        if not chosen:
            return None
        nearest = max(chosen, key=lambda r: difflib.SequenceMatcher(None, name, r.name).ratio())
        self._notes.append(f"{nearest.name} is taken for the gradient of {name}")
        return self._along(nearest)

    def _candidates(self, ways: list[Route]) -> list[Route]:
        """What the backward has written, has this size, and belongs to no other weight."""
        size = copy_of(ways[0].get(self._root)).numel()
        return [
            route
            for route, item in self._after.items()
            if route not in self._weight_ways
            and route not in self._used
            and self._is_written(route)
            and copy_of(item).numel() == size
        ]

    def _moved(self, ways: list[Route]) -> Make | None:
        """The backward itself takes the step."""
        rate = self._bench.drive.rate
        if ways[0] not in self._stepped or rate is None:
            return None
        self._notes.append(
            f"the backward updates {ways[0].name}: its gradient is (before − after) / learning rate"
        )
        return lambda root, parts: Moved(root, ways, rate)  # noqa: ARG005 kept, not returned

    def _along(self, route: Route) -> Make:
        self._used.add(route)

        def make(root: Any, parts: Parts) -> Reader:  # noqa: ARG001 kept, not returned
            held = same_items(routes(root)).get(id(route.get(root)), [])
            return Along(root, route, held)

        return make

    def _is_written(self, route: Route) -> bool:
        was = self._before.get(route)
        if was is None or was[0] is not self._after.get(route):
            return was is None or route not in self._after or not same(was[1], self._values[route])
        return not same(was[1], self._values[route])

    def _fits(self, ways: list[Route], gradient: Tensor, *, up_to_a_factor: bool = False) -> bool:
        """Whether this is the gradient, along one direction, to two digits; or a multiple of it."""
        try:
            pairs = [
                self._slope_and_claim(ways, gradient) for _ in range(3 if up_to_a_factor else 1)
            ]
        except ExerciseError:
            return False
        if not up_to_a_factor:
            slope, claimed = pairs[0]
            return abs(slope - claimed) <= _CLOSE * max(abs(slope), abs(claimed))
        if not all(slope and claimed for slope, claimed in pairs):
            return False
        ratios = [claimed / slope for slope, claimed in pairs]
        return max(ratios) - min(ratios) <= _CLOSE * max(map(abs, ratios))

    def _slope_and_claim(self, ways: list[Route], gradient: Tensor) -> tuple[float, float]:
        self._bench.base.restore()
        value = copy_of(ways[0].get(self._root))
        v = self._bench.normal(value) * max(float(value.abs().mean()), 1e-3)
        high, low = (self._weighted(ways, value + sign * _STEP * v) for sign in (1, -1))
        return (high - low) / (2 * _STEP), float((gradient.reshape(v.shape) * v).sum())

    def _weighted(self, ways: list[Route], value: Tensor) -> float:
        outputs = self._bench.forward_with(ways, value)
        return float(sum((u * y).double().sum() for u, y in zip(self._u, outputs, strict=True)))


def _asking(question: Question) -> Make:
    return lambda root, parts: Asked(lambda: ask_again(root, question))  # noqa: ARG005


def _holds_name(longer: str, name: str) -> bool:
    """Whether one name begins or ends with the other: ``gb`` and ``b``."""
    last, word = (text.rpartition(".")[2].lower().strip("_") for text in (longer, name))
    return last != word and (last.startswith(word) or last.endswith(word))


def _shown(name: str) -> str:
    """A holder's tensor is called as the holder is."""
    head, _, last = name.rpartition(".")
    return head if head and last in {"data", "value", "val"} else name

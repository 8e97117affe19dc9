"""Which tensors an object trains, and where it leaves their gradients, found by trying.

A parameter is what the forward reads and does not write.  A gradient is what the backward writes.
Who belongs to whom is said by their author: in a list of pairs, by names such as ``W`` and ``dW``,
by returning it; where none of it is said, shapes and one finite difference tell.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor

from gradcheck.adapters.affixes import stem
from gradcheck.adapters.declared import Question, ask_again, declared_pairs
from gradcheck.adapters.gradients import Along, Asked, Beside, Moved, Reader
from gradcheck.adapters.routes import Route, floating, like, routes, same_items
from gradcheck.adapters.snapshot import Snapshot
from gradcheck.adapters.warming import warm_up
from gradcheck.errors import ExerciseError
from gradcheck.subject import Outputs

_PUSH = 2.0**-6
_STEP = 2.0**-10
_CLOSE = 1e-2
# What two equal forwards differ by is no answer to a push.
_CLEAR = 1000


@dataclass(frozen=True)
class Drive:
    """The two calls, at fixed inputs.

    Attributes:
        forward: Its outputs.
        backward: What it returns, given cotangents.
        returned: What it returned last.
        rate: The learning rate of a step inside the backward.
    """

    forward: Callable[[], Outputs]
    backward: Callable[[Outputs], tuple[Any, ...]]
    returned: Callable[[], tuple[Any, ...]]
    rate: float | None


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
        notes: What had to be decided by numbers.
        origins: By name, how the gradient was found.
    """

    plans: dict[str, Plan] = field(default_factory=dict)
    warm: bool = False
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


def discover(root: Any, drive: Drive, known: Sequence[Any]) -> Discovery:
    """Find the parameters beside those that are known; the object is left as it was."""
    before = Snapshot(root)
    try:
        with torch.no_grad():
            return _Search(root, drive, known).run()
    except ExerciseError:
        return Discovery()  # whoever calls it next is told why
    finally:
        before.restore()


class _Search:
    def __init__(self, root: Any, drive: Drive, known: Sequence[Any]) -> None:
        self._root = root
        self._drive = drive
        self._known = {id(item) for item in known}
        self._draws = Generator().manual_seed(0)
        self._used: set[Route] = set()
        self._notes: list[str] = []

    def run(self) -> Discovery:
        start = routes(self._root)
        self._base = Snapshot(self._root)
        self._outputs = _taken(self._drive.forward())
        first = routes(self._root)
        appeared = self._appeared(start, first)
        self._base.restore()
        weights = self._read(self._unwritten(start))
        warm = False
        if appeared:
            warm_up(self._root, self._drive.forward)
            self._base = Snapshot(self._root)
            kept = [ways for ways in appeared if floating(ways[0].get(self._root)) is not None]
            warm = bool(self._read(kept))
            if warm:
                weights = self._read(self._unwritten(routes(self._root)))
        if not weights:
            return Discovery(warm=warm)
        return self._paired(weights, warm=warm)

    def _appeared(self, start: dict[Route, Any], first: dict[Route, Any]) -> list[list[Route]]:
        """What a first forward makes and a second one keeps."""
        self._drive.forward()
        second = routes(self._root)
        old = {id(item) for item in start.values()}
        kept = {
            route: item
            for route, item in second.items()
            if id(item) not in old and first.get(route) is item
        }
        return list(same_items(kept).values())

    def _unwritten(self, held: dict[Route, Any]) -> list[list[Route]]:
        """The ways to each tensor that a forward leaves where and as it is."""
        if not held:
            return []
        values = {route: _copy(item) for route, item in held.items()}
        self._drive.forward()
        now = routes(self._root)
        self._base.restore()
        kept = {
            route: item
            for route, item in held.items()
            if now.get(route) is item and torch.equal(_copy(item), values[route])
        }
        return [ways for key, ways in same_items(kept).items() if key not in self._known]

    def _read(self, groups: list[list[Route]]) -> list[list[Route]]:
        """Those that the outputs depend on; one forward tells where it is none."""
        if not groups:
            return []
        self._base.restore()
        self._outputs = _taken(self._drive.forward())
        self._base.restore()
        self._noise = _apart(self._outputs, _taken(self._drive.forward()))
        if not self._moves(groups):
            return []
        return [ways for ways in groups if self._moves([ways])]

    def _moves(self, groups: list[list[Route]]) -> bool:
        self._base.restore()
        for ways in groups:
            item = ways[0].get(self._root)
            value = _copy(item)
            push = _PUSH * max(float(value.abs().mean()), 1e-3) if value.numel() else 0.0
            self._put(ways, value + push * self._normal(value))
        try:
            outputs = _taken(self._drive.forward())
        except ExerciseError:
            return True  # it minds, so it reads
        finally:
            self._base.restore()
        return _apart(outputs, self._outputs) > _CLEAR * self._noise

    # Pairing.

    def _paired(self, weights: list[list[Route]], *, warm: bool) -> Discovery:
        self._base.restore()
        outputs = self._drive.forward()
        self._u = tuple(self._normal(y).to(y) for y in outputs)
        self._before = {route: (item, _copy(item)) for route, item in routes(self._root).items()}
        self._drive.backward(tuple(u.clone() for u in self._u))
        self._after = routes(self._root)
        self._values = {route: _copy(item) for route, item in self._after.items()}
        self._pairs = declared_pairs(self._root)
        self._parts = tuple(self._drive.returned())
        self._weight_ways = {way for ways in weights for way in ways}
        self._stepped = {ways[0] for ways in weights if self._is_written(ways[0])}
        makers: dict[str, Make] = {}
        origins: dict[str, str] = {}
        for say, how in (
            (self._said, "its author pairs them, in a list or by name"),
            (self._returned, "the backward returns it beside the input's"),
            (self._measured, "of what the backward writes, a finite difference fits it"),
            (self._moved, "the step that the backward takes"),
            (self._unwritten_said, "its author pairs them, and the backward leaves it unwritten"),
            (self._nearest, "nothing fits: the nearest by number, name or shape"),
        ):
            for ways in weights:
                if ways[0].name not in makers and (make := say(ways)):
                    makers[ways[0].name] = make
                    origins[_shown(ways[0].name)] = how
        found = {
            _shown(ways[0].name): Plan(ways, makers[ways[0].name])
            for ways in weights
            if ways[0].name in makers
        }
        return Discovery(found, warm, tuple(self._notes), origins)

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

    def _named(self, ways: list[Route], *, written: bool) -> Make | None:
        about = {stem(way.name)[0] for way in ways} | {_bare(way.name) for way in ways}
        size = _copy(ways[0].get(self._root)).numel()
        mine = [
            route
            for route, item in self._after.items()
            if route not in self._weight_ways
            and route not in self._used
            and stem(route.name)[1]
            and stem(route.name)[0] in about
            and _copy(item).numel() == size
            and self._is_written(route) == written
        ]
        if len(mine) > 1:
            mine = [route for route in mine if self._fits(ways, self._values[route])] or mine
        return self._along(mine[0]) if mine else None

    def _returned(self, ways: list[Route]) -> Make | None:
        """Among what the backward returns beside the gradients of the inputs."""
        size = _copy(ways[0].get(self._root)).numel()
        mine = [
            index
            for index, part in enumerate(self._parts)
            if floating(part) is not None and _copy(part).numel() == size
        ]
        if len(self._parts) == 1 or not mine:
            return None
        fitting = [i for i in mine if self._fits(ways, _copy(self._parts[i]))]
        index = (fitting or mine)[0]
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
        name, mine = ways[0].name, self._candidates(ways)
        told = [r for r in mine if stem(r.name)[1] or _holds_name(r.name, name)]
        shape = _copy(ways[0].get(self._root)).shape
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
        size = _copy(ways[0].get(self._root)).numel()
        return [
            route
            for route, item in self._after.items()
            if route not in self._weight_ways
            and route not in self._used
            and self._is_written(route)
            and _copy(item).numel() == size
        ]

    def _moved(self, ways: list[Route]) -> Make | None:
        """The backward itself takes the step."""
        rate = self._drive.rate
        if ways[0] not in self._stepped or rate is None:
            return None
        self._notes.append(
            f"the backward updates {ways[0].name}: its gradient is (before − after) / {rate:g}"
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
            return was is None or route not in self._after or not _same(was[1], self._values[route])
        return not _same(was[1], self._values[route])

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
        self._base.restore()
        value = _copy(ways[0].get(self._root))
        v = self._normal(value) * max(float(value.abs().mean()), 1e-3)
        high, low = (self._weighted(ways, value + sign * _STEP * v) for sign in (1, -1))
        return (high - low) / (2 * _STEP), float((gradient.reshape(v.shape) * v).sum())

    def _weighted(self, ways: list[Route], value: Tensor) -> float:
        self._base.restore()
        self._put(ways, value)
        outputs = self._drive.forward()
        self._base.restore()
        return float(sum((u * y).double().sum() for u, y in zip(self._u, outputs, strict=True)))

    def _put(self, ways: list[Route], value: Tensor) -> None:
        item = ways[0].get(self._root)
        for way in ways:
            way.put(self._root, like(item, value.to(torch.as_tensor(item).dtype)))

    def _normal(self, value: Tensor) -> Tensor:
        return torch.randn(value.shape, generator=self._draws, dtype=torch.float64)


def _asking(question: Question) -> Make:
    return lambda root, parts: Asked(lambda: ask_again(root, question))  # noqa: ARG005


def _holds_name(longer: str, name: str) -> bool:
    """Whether one name begins or ends with the other: ``gb`` and ``b``."""
    last, word = (text.rpartition(".")[2].lower().strip("_") for text in (longer, name))
    return last != word and (last.startswith(word) or last.endswith(word))


def _taken(outputs: Outputs) -> Outputs:
    return tuple(y.detach().clone() for y in outputs)


def _apart(outputs: Outputs, others: Outputs) -> float:
    """The largest difference of two rows of outputs; infinite, where their shapes differ."""
    if [y.shape for y in outputs] != [y.shape for y in others]:
        return math.inf
    pairs = zip(outputs, others, strict=True)
    return max((float((a - b).abs().max()) for a, b in pairs if a.numel()), default=0.0)


def _copy(item: Any) -> Tensor:
    tensor = floating(item)
    return torch.empty(0) if tensor is None else tensor.double().clone()


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _bare(name: str) -> tuple[str, ...]:
    """The name as it is: a weight ``d`` is not the derivative of nothing."""
    return tuple(part.lower() for part in name.split("."))


def _shown(name: str) -> str:
    """A holder's tensor is called as the holder is."""
    head, _, last = name.rpartition(".")
    return head if head and last in {"data", "value", "val"} else name

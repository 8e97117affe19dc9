"""The weights of a composed layer: the values of its engine that it holds, wherever that is.

Nothing has to be found out by trying: each holds its numbers and, beside them, its gradient.  A
neuron that says nothing at some inputs has its weights all the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcheck.adapters.engines import asks_for_gradient
from gradcheck.adapters.gradients import Reader
from gradcheck.adapters.numbers import Numbers
from gradcheck.adapters.pairing import Discovery, Make, Parts, Plan
from gradcheck.adapters.passage import is_made
from gradcheck.adapters.routes import Route, numbers, routes, same_items
from gradcheck.adapters.snapshot import below
from gradcheck.adapters.values import Engine

_BESIDE = "it lies beside the value, as the engine has left it"


def held_weights(instance: Any, engine: Engine) -> Discovery | None:
    """What a layer holds before any call; None where it holds no value, or some without numbers.

    What says that it wants no gradient is a constant.  What has no numbers gets them in a forward.
    """
    values = [one for one in below(instance) if isinstance(one, engine.kind)]
    if any(getattr(one, engine.data, None) is None for one in values):
        return None
    floating = _floating(instance).items()
    held = {way: item for way, item in floating if _is_data(instance, way, engine)}
    if not held:
        return None
    plans: dict[str, Plan] = {}
    plain: list[Route] = []
    for ways in _grouped(instance, held):
        first = ways[0]
        value = Route(first.steps[:-1]).get(instance)
        if not asks_for_gradient(value):
            continue
        way = Route(first.steps[:-1])
        plans[way.name] = Plan(ways, _beside(way, engine))
        plain += ways if engine.scalars else []
    origins = dict.fromkeys(plans, _BESIDE)
    return Discovery(plans, origins=origins, numbers=Numbers(tuple(plain))) if plans else None


def _floating(instance: Any) -> dict[Route, Any]:
    """The way to every array, and to every number by itself."""
    return {**routes(instance), **numbers(instance)}


def _is_data(instance: Any, way: Route, engine: Engine) -> bool:
    """Whether the way ends at the numbers of a value, beside which its gradient is an attribute."""
    *before, value = [Route(way.steps[:end]).get(instance) for end in range(len(way.steps))]
    if not isinstance(value, engine.kind) or not way.steps[-1].is_attribute:
        return False
    if is_made(value, engine) or any(isinstance(one, engine.kind) for one in before):
        return False  # a state, and what it was made of
    return way.steps[-1].key == engine.data and engine.grad in getattr(value, "__dict__", {})


def _grouped(instance: Any, held: dict[Route, Any]) -> list[list[Route]]:
    """The ways to each value: equal numbers may be one object of Python's, and two weights."""
    values = {way: Route(way.steps[:-1]).get(instance) for way in held}
    return list(same_items(values).values())


def _beside(way: Route, engine: Engine) -> Make:
    def make(root: Any, parts: Parts) -> Reader:  # noqa: ARG001 kept, not returned
        return _BesideValue(root, way, engine)

    return make


class _BesideValue:
    """The gradient that lies beside a value, which may be another value.

    Some code adds to it with ``+=`` and starts it at zeros, some starts at None.
    """

    def __init__(self, root: object, way: Route, engine: Engine) -> None:
        self._root = root
        self._way = way
        self._engine = engine
        self._first = getattr(self._value, engine.grad)

    @property
    def _value(self) -> Any:
        return self._way.get(self._root)

    def read(self) -> Any:
        """Its numbers."""
        return self._engine.gradient(self._value)

    def reset(self) -> None:
        """As it was before any backward: nothing, or zeros."""
        setattr(self._value, self._engine.grad, self._empty())

    def _empty(self) -> Any:
        if isinstance(self._first, self._engine.kind):
            return self._engine.constant(np.zeros_like(self._engine.numbers(self._first)))
        if isinstance(self._first, np.ndarray):
            return np.zeros_like(self._first)
        return None if self._first is None else 0.0

"""One call of code that computes with an engine's values: there by its forward, back by its walk.

Arrays become values of the engine, in lists where a value is one number.  What comes out is read,
and a cotangent is sent back through the graph that the engine has made of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from torch import Tensor

from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.values import Engine, Seed, attributes_of
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.isolation import preserved_globals, silenced

ENDS = "its output stands in no graph of {engine}s that leads back to what it is given"
WALKED = "the engine has walked back from this output: its graph is used up"
_PROBE = (0.75, -1.5)


@dataclass(frozen=True)
class Dress:
    """How arguments reach a forward.

    Attributes:
        whole: Whether whole numbers are values too, and not arrays as they are.
        first: Whether the first argument alone is a value, and all others are arrays.
    """

    whole: bool = True
    first: bool = False


_DRESSES = (Dress(), Dress(whole=False), Dress(whole=False, first=True))


class Passage:
    """A forward, and the way back from it, which can be gone once.

    Args:
        engine: Whose values it computes with.
        call: What is called with them.
        inputs: Arrays, tensors, or whatever else it is given.
        asks: At which places a gradient is wanted.
        held: Values that the forward may read, beside its inputs.

    Raises:
        ExerciseError: If no value comes out, however the inputs are dressed.
    """

    def __init__(
        self,
        engine: Engine,
        call: Callable[..., Any],
        inputs: Sequence[Any],
        asks: Callable[[int], bool],
        held: Sequence[Any] = (),
    ) -> None:
        self._engine = engine
        self._held = held
        self._call = call
        self._walked = False
        self._handed_on: dict[int, Any] = {}
        refused: Exception | None = None
        for dress in _DRESSES:
            self._values: dict[int, Any] = {}
            self._dressed = [
                self._as_values(place, one, dress, asks(place)) for place, one in enumerate(inputs)
            ]
            try:
                self._out = self._called()
            except Exception as error:  # noqa: BLE001 somebody's code, dressed as it may not expect
                refused = refused or error
            else:
                break
        else:
            raise refused or TypeError("nothing to call")
        self.outputs = self._numbers(self._out)

    def back(self, cotangents: Sequence[Any]) -> tuple[Any, ...]:
        """The gradient of each input that a value was made of.

        None where the graph does not lead to it; but of the first, all else is made for its sake.
        Each output is walked back from in a graph of its own: a value in the middle keeps what it
        was handed by the walk before.

        Raises:
            BackwardError: If it has been gone before, or leads nowhere.
        """
        if self._walked:
            raise BackwardError(WALKED)
        self._walked = True
        met = reached_from(self._out)
        led = [any(id(one) in met for one in _flat(made)) for made in self._values.values()]
        if not any(led) and not any(id(one) in met for one in self._held):
            raise BackwardError(ENDS.format(engine=self._engine.kind.__name__))
        mine = {id(one) for made in self._values.values() for one in _flat(made)}
        outputs = list(_flat(self._out))
        for number, u in enumerate(self._parts(cotangents or self._ones())):
            outputs = list(_flat(self._called())) if number else outputs
            if id(outputs[number]) in mine:
                self._handed_on[id(outputs[number])] = u  # of which a walk need not know
            else:
                seed_of(self._engine)(outputs[number], u)
        found = [self._gradient(one) for one in self._values.values()]
        given = [one if is_led else None for one, is_led in zip(found, led, strict=True)]
        if given and given[0] is None:
            given[0] = np.zeros_like(self._numbers(self._values[0]))
        return tuple(given)

    def _called(self) -> Any:
        out = self._call(*self._dressed)
        found = list(_flat(out))
        if not found or not all(isinstance(one, self._engine.kind) for one in found):
            raise ExerciseError(f"its forward returns no {self._engine.kind.__name__}")
        return out

    def _as_values(self, place: int, given: Any, dress: Dress, asks: bool) -> Any:
        """An argument in the engine's class; what is no array as it is."""
        if isinstance(given, tuple | list):
            return type(given)(self._as_values(place, one, dress, asks) for one in given)
        if not is_array(given):
            return given
        numbers = given.detach().numpy() if isinstance(given, Tensor) else given
        is_real = numbers.dtype.kind == "f"
        if (dress.first and place) or not (is_real or dress.whole):
            return numbers.tolist() if self._engine.scalars else numbers
        made = self._made(numbers, self._engine.value if is_real and asks else self._constant)
        if is_real and asks:
            self._values[len(self._values)] = made
        return made

    def _made(self, numbers: Any, make: Callable[[Any], Any]) -> Any:
        """One value of all, or of each number, in lists as deep as the array has axes."""
        if not self._engine.scalars:
            return make(numbers)
        return [self._made(one, make) for one in numbers] if np.ndim(numbers) else make(numbers)

    def _constant(self, numbers: Any) -> Any:
        return self._engine.constant(numbers.item() if self._engine.scalars else numbers)

    def _numbers(self, out: Any) -> Any:
        """What came out, as plain arrays."""
        if isinstance(out, self._engine.kind):
            # What an engine holds that is no array says nothing of precision.
            return np.array(
                self._engine.numbers(out), dtype=float if self._engine.scalars else None
            )
        if self._engine.scalars:
            return np.array([self._numbers(one) for one in out], dtype=float)
        return tuple(self._numbers(one) for one in _flat(out))

    def _ones(self) -> tuple[Any, ...]:
        """What a loss is walked back from with."""
        outputs = self.outputs if isinstance(self.outputs, tuple) else (self.outputs,)
        return tuple(map(np.ones_like, outputs))

    def _parts(self, cotangents: Any) -> Iterator[Any]:
        """The cotangent of each value that came out."""
        for u in cotangents:
            numbers = u.detach().numpy() if isinstance(u, Tensor) else u
            if isinstance(numbers, tuple | list):
                yield from self._parts(numbers)
            elif self._engine.scalars:
                yield from map(float, np.ravel(numbers))
            else:
                yield numbers

    def _gradient(self, made: Any) -> Any:
        if isinstance(made, list):
            found = [self._gradient(one) for one in made]
            return None if any(one is None for one in found) else np.array(found, dtype=float)
        found, more = self._engine.gradient(made), self._handed_on.get(id(made))
        return found if more is None else more + (0 if found is None else found)


def reached_from(out: Any) -> dict[int, Any]:
    """All that hangs on an output, by its identity: in attributes, containers and closures.

    >>> class Value:
    ...     def __init__(self, above=()):
    ...         self.above = above
    >>> first = Value()
    >>> second = Value()
    >>> second.back = (lambda kept: lambda: kept)(first)
    >>> {id(first), id(second)} <= set(reached_from([Value((second,))]))
    True
    """
    seen: dict[int, Any] = {}
    pending = [out]
    while pending:
        one = pending.pop()
        if id(one) in seen or isinstance(one, _ENDS):
            continue
        seen[id(one)] = one
        pending += _hanging_on(one)
    return seen


def is_made(value: Any, engine: Engine) -> bool:
    """Whether a value was made of others, and is no beginning of a graph.

    The gradient beside it may be a value too.
    """
    held = attributes_of(value)
    beside = {engine.grad, f"_{engine.grad}"}
    above = [one for name, one in held.items() if name not in beside and one is not value]
    return any(isinstance(one, engine.kind) for one in reached_from(above).values())


_ENDS = (str, bytes, int, float, complex, type, ModuleType, Tensor, type(None))


def _hanging_on(one: Any) -> Iterator[Any]:
    if isinstance(one, dict):
        yield from one.values()
    elif isinstance(one, list | tuple | set | frozenset):
        yield from one
    elif isinstance(one, np.ndarray):
        yield from one.flat if one.dtype == object else ()
    elif isinstance(one, MethodType):
        yield one.__self__
    elif isinstance(one, functools.partial):
        yield from (one.func, *one.args, *one.keywords.values())
    elif isinstance(one, FunctionType):
        for cell in one.__closure__ or ():
            with suppress(ValueError):  # nothing has been put there yet
                yield cell.cell_contents
        yield from one.__defaults__ or ()
    else:
        yield from attributes_of(one).values()


def _flat(out: Any) -> Iterator[Any]:
    if isinstance(out, tuple | list) or (isinstance(out, np.ndarray) and out.dtype == object):
        for one in out:
            yield from _flat(one)
    else:
        yield out


@functools.lru_cache(maxsize=256)
def seed_of(engine: Engine) -> Seed:
    """The first way to begin its backward that a sum of a value and itself answers rightly.

    The first that answers at all, where none does: then it is the sum that is wrong, or the walk.
    """
    answers = [(seed, _answer(engine, seed)) for seed in engine.seeds]
    right = (seed for seed, found in answers if _is_twice(engine, found))
    some = (seed for seed, found in answers if found is not None)
    return next(right, next(some, engine.seeds[0]))


def walks_from_sums(engine: Engine) -> bool:
    """Whether a value that is added to itself is walked back to rightly."""
    return _is_twice(engine, _answer(engine, seed_of(engine)))


def _is_twice(engine: Engine, found: Any) -> bool:
    return found is not None and np.array_equal(found, 2 * np.asarray(_probe(engine)))


def _answer(engine: Engine, seed: Seed) -> Any:
    """The gradient of a value of which twice is walked back from; None where there is none."""
    with silenced(), preserved_globals(), suppress(Exception):
        value = engine.value(_probe(engine))
        seed(value + value, _probe(engine))
        return engine.gradient(value)
    return None


def _probe(engine: Engine) -> Any:
    return _PROBE[0] if engine.scalars else np.array(_PROBE)

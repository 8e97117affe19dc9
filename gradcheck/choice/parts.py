"""What a container is tried with: layers and losses of its own package, built by guessing."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from gradcheck.adapters import adapt, composed, compositions
from gradcheck.adapters.fitting import fits
from gradcheck.adapters.kinds import Kind, Shape, shape_of
from gradcheck.adapters.optimizer import Descent
from gradcheck.adapters.shape import is_abstract
from gradcheck.cases.guesses import constructions, worlds_of
from gradcheck.cases.libraries import as_arrays, kinds_of_numbers
from gradcheck.cases.point import generator, normal
from gradcheck.cases.spec import Built, made
from gradcheck.choice.trial import trying
from gradcheck.errors import TargetError
from gradcheck.foreign.isolation import pin_random_numbers, preserved_globals, silenced
from gradcheck.subject import Subject, copies
from gradcheck.targets.glance import may_define_backward
from gradcheck.targets.loading import load

_TRIES = 12
_MOST = 6
_ANY = re.compile(r"")
_DENSE = re.compile(r"\w*(dense|linear|fullyconnected|fully_connected|affine|fc)\w*", re.IGNORECASE)
_CONVOLUTION = re.compile(r"(?!\w*transpose)\w*conv\w*", re.IGNORECASE)
_ACTIVATION = re.compile(r"\w*(tanh|sigmoid|relu|softplus|swish|elu|activation)\w*", re.IGNORECASE)


@dataclass
class Parts:
    """The layers and losses beside a class, in its module or elsewhere in its package.

    Args:
        target: The container.
    """

    target: type

    @cached_property
    def chain(self) -> list[Built]:
        """An affine layer, or a convolution, and an activation, as far as there are such."""
        # What holds a wrong layer is wrong with it, and right itself.
        return self._chained(self._is_right) or self._chained(lambda _: True)

    def _chained(self, may_be: Callable[[Built], bool]) -> list[Built]:
        """The first of each sort that may be; no more of them are called than it takes."""

        def first(pattern: re.Pattern[str], most: int) -> list[Built]:
            named = (one for one in self._built(Kind.LAYER) if pattern.match(one.label))
            return list(islice(filter(may_be, named), most))

        if trained := first(_DENSE, 1) or first(_CONVOLUTION, 1):
            return [*trained, *first(_ACTIVATION, 1)]
        return first(_ACTIVATION, 2) or first(_ANY, 1)

    def _is_right(self, one: Built) -> bool:
        if one.label not in self._judged:
            self._judged[one.label] = is_right(one.make)
        return self._judged[one.label]

    @cached_property
    def _judged(self) -> dict[str, bool]:
        return {}

    def layer(self, number: int) -> Built | None:
        """One of its layers, the likeliest first."""
        layers = [*self.chain, *(one for one in self._built(Kind.LAYER) if one not in self.chain)]
        return layers[number] if number < len(layers) else None

    def loss(self) -> Built | None:
        """One of its losses."""
        return next(iter(self._built(Kind.LOSS)), None)

    def of(self, base: str, number: int) -> Built | None:
        """An instance of the class of this name, or of one derived from it."""
        kinds = [one for one in self._beside() if base in {kind.__name__ for kind in one.__mro__}]
        # What is derived from a base does what the base only promises.
        kinds.sort(key=lambda one: one.__name__ == base)
        found = [built for one in kinds[:_MOST] if (built := _first_built(one)) is not None]
        return found[number] if number < len(found) else None

    def _built(self, kind: Kind) -> list[Built]:
        if kind not in self._found:
            kinds = [one for one in self._beside() if self._is_a(kind, one)]
            kinds.sort(
                key=lambda one: (not self._is_called_alike(one), not _DENSE.match(one.__name__))
            )
            found = (_first_built(one) for one in kinds[: 4 * _MOST])
            self._found[kind] = [one for one in found if one is not None]
        return self._found[kind]

    def _is_called_alike(self, one: type) -> bool:
        """Whether its two methods bear the names of the container's: that calls them by these."""
        shapes = shape_of(self.target), self._shape_of(one)
        mine, theirs = ((each.forward, each.backward) if each else None for each in shapes)
        return mine == theirs

    def _is_a(self, kind: Kind, one: type) -> bool:
        return getattr(self._shape_of(one), "kind", None) == kind

    def _shape_of(self, one: type) -> Shape | None:
        """In what is composed of an engine's operations, that of what is composed of them too."""
        if not composed.recognises(self.target):
            return shape_of(one)
        found = compositions.composed(one)
        return None if found is None else shape_of(found)

    @cached_property
    def _found(self) -> dict[Kind, list[Built]]:
        return {}

    def _beside(self) -> Iterator[type]:
        """Classes of its module, of what that imports, then of the whole package."""
        top = self.target.__module__.partition(".")[0]
        own = sys.modules.get(self.target.__module__)
        others = [one for name, one in list(sys.modules.items()) if name.startswith(f"{top}.")]
        seen: set[type] = {*self.target.__mro__}
        for module in [own, *others]:
            for value in list(vars(module).values()) if module else ():
                if inspect.isclass(value) and value not in seen and _is_of(value, top):
                    seen.add(value)
                    yield value
        if not any(self._is_a(Kind.LAYER, one) for one in seen - {*self.target.__mro__}):
            yield from (one for one in self._in_files_beside() if one not in seen)

    def _in_files_beside(self) -> Iterator[type]:
        """Those of the other files of its folder, where nothing that is loaded has a layer."""
        own = getattr(sys.modules.get(self.target.__module__), "__file__", None)
        for path in sorted(Path(own).parent.glob("*.py")) if own else ():
            if path == Path(own or "") or not may_define_backward(path):
                continue
            with suppress(TargetError):
                module = load(path, lambda words: None)  # noqa: ARG005 nobody listens
                yield from (one for one in vars(module).values() if _is_defined_in(one, module))


def is_right(make: Callable[[], Any]) -> bool:
    """Whether the layer's claims are the slopes of its forward, to two digits.

    >>> from scratchnn import Tanh
    >>> is_right(Tanh)
    True
    """
    for shape in _SHAPES:
        with suppress(Exception), trying():
            instance = make()
            arrays = kinds_of_numbers(type(instance))[0]
            x = normal(shape, generator(0))
            instance = compositions.composed_object(instance) or instance
            subject = adapt(instance, as_arrays([x]) if arrays else [x], {})
            subject.forward(tuple(leaf.value for leaf in subject.leaves))
            handed_on = subject.free_cotangent and fits(subject)  # else it wants a target
            return handed_on and not _writes_to_what_it_is_given(subject)
    return False


def _writes_to_what_it_is_given(subject: Subject) -> bool:
    """Whether its forward changes its inputs, or its backward those or the cotangents."""
    values = tuple(leaf.value for leaf in subject.leaves)
    session, given = subject.open(), copies(values)
    session.place(values)
    u = tuple(torch.ones_like(y) for y in session.forward(given))
    session.backward(u)
    kept = all(map(torch.equal, given, values))
    return not kept or any(bool((one != 1).any()) for one in u)


_SHAPES = ((4, 5), (5, 4), (5,), (4, 2, 7, 6))


def _is_of(value: type, top: str) -> bool:
    return value.__module__.partition(".")[0] == top and not inspect.isabstract(value)


def _is_defined_in(value: object, module: ModuleType) -> bool:
    return inspect.isclass(value) and value.__module__ == module.__name__ and not is_abstract(value)


def _first_built(kind: type) -> Built | None:
    """The first construction that does not raise."""
    arrays = kinds_of_numbers(kind)[0]
    ways = constructions(kind, worlds_of(kind, arrays=arrays, optimizer=Descent))
    for options in islice(ways, _TRIES):
        built = _as_written(kind, options)
        with suppress(Exception, SystemExit), preserved_globals(), silenced():
            built.make()
            return built
    return None


def _as_written(kind: type, options: dict[str, Any]) -> Built:
    said = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return Built(f"{kind.__name__}({said})", lambda: _make(kind, options))


def _make(kind: type, options: dict[str, Any]) -> Any:
    pin_random_numbers()
    return kind(**{name: made(value) for name, value in options.items()})

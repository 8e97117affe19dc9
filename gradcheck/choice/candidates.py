"""What is tried on a class that nobody described: constructors, inputs, calls that prepare it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

from gradcheck.adapters import (
    arguments_of,
    bundled_in,
    bundles_in_list,
    is_chain,
    is_loss,
    knows_word,
    must_be_bundled,
    prediction_position,
)
from gradcheck.adapters.neighbour import Neighbour
from gradcheck.adapters.optimizer import Descent
from gradcheck.adapters.returns import returns_several
from gradcheck.adapters.shape import backward_of
from gradcheck.cases.graphs import graph_feeds
from gradcheck.cases.guesses import array_worlds, constructions, is_eased, sizes_in, worlds_of
from gradcheck.cases.inputs import (
    compared_feeds,
    extent_feeds,
    layer_feeds,
    loss_feeds,
    unmasked_feeds,
)
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.cases.named import CHOSEN, named_feeds
from gradcheck.cases.preparation import Call, additions, preparations
from gradcheck.cases.roles import is_image, takes_parts
from gradcheck.cases.spec import Feed, Shape, Spec
from gradcheck.choice.parts import Parts
from gradcheck.foreign.signatures import parameters

_TURN, _LIKELIEST = 100, 6
_AXES_OF_KERNELS = 4


@dataclass(frozen=True)
class Candidates:
    """The specs to try on one class, the likeliest first.

    Attributes:
        target: The class.
        shapes: Of its inputs, where the user says them.
    """

    target: type
    shapes: tuple[Shape, ...] = ()

    def plain(self) -> Iterator[Spec]:
        """With arrays and with tensors in turn: neither waits for the end of the other."""
        first, second = (self._of_kind(arrays=one) for one in kinds_of_numbers(self.target))
        while batch := list(islice(first, _TURN)):
            yield from batch
            first, second = second, first
        yield from second

    def filled(self) -> Iterator[Spec]:
        """The same specs, with layers put into what has an ``add``."""
        if calls := additions(self.target, lambda: self._parts.chain):
            yield from (replace(spec, calls=calls) for spec in self.plain())

    def prepared(self) -> Iterator[Spec]:
        """The same specs, with what is to be called on the instance first."""
        for spec in self.plain():
            shape = spec.shapes[0] if spec.shapes else ()
            for calls in self._preparations(shape, arrays=spec.arrays):
                yield replace(spec, calls=calls)

    @property
    def are_prepared(self) -> bool:
        """Whether anything can be called on the instance first."""
        return any(self._preparations((4, 5), arrays=True))

    def _preparations(self, shape: Shape, *, arrays: bool) -> Iterator[tuple[Call, ...]]:
        def before(shape: Shape) -> Neighbour:
            return Neighbour(np.ones(shape))

        return preparations(self.target, shape, Descent, before, arrays=arrays)

    @cached_property
    def _parts(self) -> Parts:
        """Built once: to look for them is to look through the package."""
        return Parts(self.target)

    @cached_property
    def _arguments(self) -> tuple[Any, ...]:
        """What its constructor is given by position: layers, where it takes any number of them.

        Without any it hands on what it is given, and nothing in it could be wrong.
        """
        asked = parameters(self.target)
        is_open = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in asked)
        many = any(map(takes_parts, asked)) or (is_open and is_chain(self.target))
        return tuple(self._parts.chain) if many else ()

    @cached_property
    def _before_parts(self) -> list[str]:
        """What stands before them, as a name does: it is given by position too."""
        positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [one.name for one in parameters(self.target) if one.kind is positional]

    @cached_property
    def _returns_several(self) -> bool:
        """Whether its backward answers for more than one of its inputs."""
        backward = backward_of(self.target)
        return backward is None or returns_several(getattr(self.target, backward))

    @cached_property
    def _bundled(self) -> int:
        return bundled_in(self.target)

    @cached_property
    def _together(self) -> tuple[int, ...]:
        """In bundles of so many, the likeliest first: who only asks is given one input first."""
        both = (self._bundled, 0) if must_be_bundled(self.target) else (0, self._bundled)
        return tuple(dict.fromkeys(both))

    @cached_property
    def _wants_list(self) -> bool:
        return bool(self._bundled) and bundles_in_list(self.target)

    def _of_kind(self, *, arrays: bool) -> Iterator[Spec]:
        # How weights lie is asked of the likeliest inputs alone, before all else.
        for options in constructions(
            self.target, array_worlds(self.target, arrays=arrays, optimizer=Descent)
        ):
            for given, kinds in islice(self.feeds(options), _LIKELIEST):
                yield Spec(options, given, kinds=kinds, arrays=arrays, inferred=True)
        worlds = worlds_of(self.target, arrays=arrays, optimizer=Descent, parts=self._parts)
        for options, together in self._in_turn(constructions(self.target, worlds)):
            for given, kinds in self.feeds(options, together):
                spec = Spec(options, given, kinds=kinds, arrays=arrays, inferred=True)
                if together == len(given):
                    spec = replace(spec, bundled=together, listed=self._wants_list)
                if not self._arguments:
                    yield spec
                    continue
                before = [name for name in self._before_parts if name in options]
                rest = {name: value for name, value in options.items() if name not in before}
                for layers in (self._arguments, ([*self._arguments],)):  # some take lists
                    told = (*(options[name] for name in before), *layers)
                    yield replace(spec, options=rest, arguments=told)

    def _in_turn(self, ways: Iterator[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
        """Each construction with inputs in bundles of each size, the likeliest first.

        Few heads or groups, where there are many by default, stand before all other bundles.
        """
        likeliest, *others = self._together
        begun = list(islice(ways, 2))
        early = [one for number, one in enumerate(begun) if not number or self._is_eased(one)]
        yield from ((one, likeliest) for one in early)
        yield from ((one, count) for one in early for count in others)
        late = begun[len(early) :]
        yield from ((one, count) for one in chain(late, ways) for count in self._together)

    def _is_eased(self, options: Mapping[str, Any]) -> bool:
        return is_eased(self.target, options)

    def _knows_words_of(self, feed: Feed) -> bool:
        """Whether it has heard of the word that chooses a function there."""
        words = [kind.strip("'") for kind in feed[1] if kind in CHOSEN]
        return all(knows_word(self.target, word) for word in words)

    def feeds(self, options: Mapping[str, Any], bundled: int = 0) -> Iterator[Feed]:
        """The inputs of an instance that is made of these options, the likeliest first."""
        target, shapes = self.target, self.shapes
        if is_loss(target):
            names = arguments_of(target)
            if len(names) > 2:
                yield from ((shapes or given, kinds) for given, kinds in compared_feeds(names))
                return
            swapped = prediction_position(target) == 1
            for given, kinds in loss_feeds():
                sizes = shapes if len(shapes) == len(given) else given
                yield (sizes[::-1], kinds[::-1]) if swapped else (sizes, kinds)
            return
        count = bundled or max(1, len(arguments_of(target)))
        if shapes:
            yield shapes, ("real",) * len(shapes)
            return
        if count > 1 and not bundled:
            if not self._returns_several:
                yield from graph_feeds(arguments_of(target), sizes_in(options, target))
            told = named_feeds(arguments_of(target))
            yield from (feed for feed in told if self._knows_words_of(feed))
        yield from extent_feeds(count, options)
        kernels = any(
            len(getattr(one, "shape", ())) == _AXES_OF_KERNELS for one in options.values()
        )
        image = is_image(target) or kernels
        known = sizes_in(options, target)
        if not bundled:
            yield from unmasked_feeds(arguments_of(target), known)
        yield from layer_feeds(count, known, image=image)

"""Arguments of a constructor, guessed from their names, annotations and defaults.

Sizes are all different, so that a transposed weight does not fit; strides are two, paddings one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, product
from typing import Any

import numpy as np

from gradcheck.cases.roles import (
    ACTIVATION,
    DERIVATIVE,
    EXTENT,
    OPTIMIZER,
    RECURRENT,
    choices,
    counts_samples,
    holds_parts,
    is_huge,
    is_image,
    is_large,
    is_unsaid,
    lists_sizes,
    may_be_told,
)
from gradcheck.cases.values import is_array, value_of
from gradcheck.cases.words import WORDS
from gradcheck.cases.world import CHANNELS, FEW, INS, OUTS, Supply, World
from gradcheck.foreign.comparisons import ends_in, word_groups
from gradcheck.foreign.signatures import is_required, parameters, written
from gradcheck.foreign.unpackings import counts_of, listed_in, shapes_in

_LARGEST = 5000


def constructions(target: type, worlds: Iterator[World]) -> Iterator[dict[str, Any]]:
    """Keyword arguments to try, the likeliest first."""
    every = parameters(target)
    seen: list[str] = []
    counts = {name.lower(): count for name, count in counts_of(target).items()}
    listed = frozenset(name.lower() for name in listed_in(target))
    for plain in worlds:
        world = replace(plain, counts=counts, listed=listed)
        asked = [p for p in every if is_required(p) or _is_told(p, world)]
        asked += [p for p in every if world.choice and p not in asked and choices(p)]
        options = {**_options(asked, world), **(_said(target, asked) if world.said else {})}
        if (text := repr({k: _key(v) for k, v in options.items()})) not in seen:
            seen.append(text)
            yield options


def worlds_of(
    target: type, *, arrays: bool, optimizer: Callable[[], Any], parts: Supply | None = None
) -> Iterator[World]:
    """Every way to decide, the likeliest first; second, few of what is many by default.

    Where a default is that of a real model, all with few, and the default last: its check takes
    minutes.
    """
    likeliest = _worlds_of(target, arrays=arrays, optimizer=optimizer, parts=parts)
    eased = World(arrays, is_image(target), optimizer=optimizer, eased=True)
    if any(map(is_huge, parameters(target))):
        yield eased
        yield from (replace(world, eased=True) for world in likeliest)
        yield replace(eased, eased=False)
        return
    yield from islice(likeliest, 1)
    if any(map(is_large, parameters(target))):
        yield eased
    yield from likeliest


def is_eased(target: type, options: Mapping[str, Any]) -> bool:
    """Whether something that is many by default is few among these options."""
    return any(is_large(p) and p.name in options for p in parameters(target))


def _worlds_of(
    target: type, *, arrays: bool, optimizer: Callable[[], Any], parts: Supply | None
) -> Iterator[World]:
    plain = World(arrays, is_image(target), optimizer=optimizer)
    if _said(target, parameters(target)):
        yield replace(plain, said=True)
    if any(map(lists_sizes, parameters(target))):
        yield replace(plain, lists=True)
    if any(is_required(p) and EXTENT.fullmatch(p.name.lower()) for p in _whole_shapes(target)):
        weights = sorted(_WEIGHTS, key=len, reverse=is_image(target))
        yield from (replace(plain, image=len(one) > len("XW"), weight=one) for one in weights)
    has_extent = any(
        is_required(p) and EXTENT.fullmatch(p.name.lower()) for p in parameters(target)
    )
    extents = [replace(plain, image=True, extent=one) for one in _EXTENTS if has_extent]
    if parts is not None and any(holds_parts(p) for p in parameters(target)):
        for number in range(_PARTS):
            yield replace(plain, parts=parts, part=number)
        yield from (replace(world, parts=parts) for world in extents)
    yield from _plain_worlds(target, arrays=arrays, optimizer=optimizer)
    yield replace(plain, image=True, pairs=True)
    yield replace(plain, image=True, pairs=True, square=True)
    yield from extents
    if any(is_required(p) and "shape" in p.name.lower() for p in parameters(target)):
        yield replace(plain, numbers=True)
    yield replace(plain, lists=True)
    yield replace(plain, batched=True)
    for truth in ("rows", "labels"):
        yield replace(plain, truth=truth)
    if any(is_unsaid(p) for p in parameters(target)):
        yield from _told_worlds(plain)
    for choice in range(1, _CHOICES):
        yield replace(plain, choice=choice, told=True)


def _whole_shapes(target: type) -> list[inspect.Parameter]:
    whole = shapes_in(target)
    return [p for p in parameters(target) if p.name in whole]


def _told_worlds(plain: World) -> Iterator[World]:
    """Where None is no value that works, though it is the default."""
    told = replace(plain, all_told=True)
    yield from (told, replace(told, singles=True))
    for extent in _EXTENTS:
        yield replace(told, image=True, pairs=True, extent=extent)


def _is_told(parameter: inspect.Parameter, world: World) -> bool:
    """Whether it is given, though it may be left out."""
    return (
        counts_samples(parameter)
        or (world.told and may_be_told(parameter))
        or (world.all_told and is_unsaid(parameter))
        or (world.eased and is_large(parameter))
    )


_PARTS, _CHOICES = 6, 3
# Whether biases have one axis; weights are (out, in); biases are columns.
_LAYOUTS = ((True, False, False), (True, True, False), (False, False, False), (False, True, True))
# Channels, height and width that kernels of two and of three divide, with padding and without.
# The shape of a weight: of a matrix, and of a kernel in each layout.
_WEIGHTS = (
    (INS, OUTS),
    (OUTS, 3, 3, CHANNELS),
    (OUTS, CHANNELS, 3, 3),
    (3, 3, CHANNELS, OUTS),
)
_EXTENTS = ((CHANNELS, 7, 5), (CHANNELS, 8, 6), (7, 5, CHANNELS))


def _plain_worlds(target: type, *, arrays: bool, optimizer: Callable[[], Any]) -> Iterator[World]:
    image = is_image(target)
    asked = [p.name.lower() for p in parameters(target) if is_required(p)]
    given = World(arrays, image, optimizer=optimizer, functions=True)
    if any(DERIVATIVE.search(name) for name in asked):
        yield given
    elif any(ACTIVATION.search(name) for name in asked):
        yield World(arrays, image, optimizer=optimizer)
        yield given
    for flat, out_first, column in _LAYOUTS:
        yield World(arrays, image, out_first, column, flat, optimizer)
    yield World(arrays, image=not image, optimizer=optimizer)
    yield World(arrays, image, optimizer=optimizer, told=True)
    yield World(arrays, image, optimizer=optimizer, square=True)
    yield World(arrays, image, optimizer=optimizer, functions=True)


def array_worlds(target: type, *, arrays: bool, optimizer: Callable[[], Any]) -> Iterator[World]:
    """Where weights are handed over: of each layout, of one gate or several, and of images."""
    asked = [p for p in parameters(target) if is_required(p)]
    if not any(is_array(p.name.lower(), p.name, written(p)) for p in asked):
        return
    recurs = any(RECURRENT.fullmatch(p.name.lower()) for p in asked)
    image = is_image(target)
    for gates, (flat, out_first, column) in product((1, 4, 3, 2) if recurs else (1, 2), _LAYOUTS):
        yield World(arrays, image, out_first, column, flat, optimizer, gates=gates)
    for flat in (True, False):
        yield World(arrays, image=True, flat=flat, optimizer=optimizer, last=True)


def missing(name: str, optimizer: Callable[[], Any]) -> Any:
    """What a network would set on its layers under this name; None where nothing is known.

    >>> missing("learning_rate", lambda: None)
    0.5
    """
    lowered = name.lower().strip("_")
    if _GENERATOR.fullmatch(lowered):
        return np.random.RandomState(0)
    if OPTIMIZER.fullmatch(lowered):
        return optimizer()
    return next((value for pattern, value in WORDS if pattern.fullmatch(lowered)), None)


_GENERATOR = re.compile(r"(np_?|numpy_?|random_?)?(rng|random_?state|generator|rand(om)?)")


def sizes_in(options: Mapping[str, Any], target: type) -> list[int]:
    """All sizes that were given, or are defaults: one of them is that of the input.

    Where none was given any may do, and a default, as of the steps of a schedule, says little.
    What is fewer than by default, as of groups, divides it.
    """
    eased = [FEW * OUTS for p in parameters(target) if is_large(p) and options.get(p.name) == FEW]
    given = [*eased, *_sizes_among(options.values())]
    defaults = _sizes_among(p.default for p in parameters(target) if p.name not in options)
    return list(dict.fromkeys((*(given or (INS,)), *sorted(defaults))))


def _sizes_among(values: Iterable[Any]) -> list[int]:
    found: list[int] = []
    for value in values:
        parts = value if isinstance(value, tuple | list) else (value,)
        shape = getattr(value, "shape", None)
        sizes = tuple(shape) if isinstance(shape, tuple) else parts  # a dtype's is a descriptor
        found += [size for size in sizes if _is_size(size)]
    return found


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 < value < _LARGEST


def _options(asked: list[inspect.Parameter], world: World) -> dict[str, Any]:
    spare = iter((INS, OUTS, 4, 6, 7, 2, 8, 9))
    heads = any("head" in p.name.lower() for p in asked)
    return {p.name: value_of(p, world, spare, heads=heads) for p in asked}


def _said(target: type, asked: list[inspect.Parameter]) -> dict[str, str]:
    """Of what must be told, the first of the words that its class compares it with."""
    groups = word_groups(target)
    return {
        p.name: words[0]
        for p in asked
        for key, words in groups
        if is_required(p) and words and ends_in(key, p.name)
    }


def _key(value: Any) -> Any:
    shape = getattr(value, "shape", None)
    return value if shape is None else tuple(shape)

"""What a forward may be given, or be left without: a mask, a first state, a bias.

A backward that forgets what its forward may be given is right as long as nobody gives it, and one
that forgets that it may be absent as long as somebody does.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from gradcheck.adapters.kinds import shape_of
from gradcheck.adapters.shape import own_positional
from gradcheck.cases.case import Case
from gradcheck.cases.feeds import NUMBER
from gradcheck.cases.spec import REAL, Shape, Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.changes import is_other_number
from gradcheck.choice.sizes import channels_of
from gradcheck.choice.trial import differ
from gradcheck.foreign.signatures import is_required

Build = Callable[[Spec], Case]

_MASK = re.compile(r"(.*_)?mask|key_padding")
_STATE = re.compile(
    r"(h|c|s)_?(0|t|prev|init)?|(prev|init(ial)?|first|hidden|cell)(_\w+)?|states?|memory|context"
)
_WEIGHS = re.compile(
    r"w|.*weights?|.*scal(e|es|ing)|temp(erature)?|tau|.*(bias|shift|offset|factor|smoothing)"
    r"|coeff?s?|importance|alpha|gamma|margin"
)
_ABSENT = "None"
_MOST = 3


def without_optional(spec: Spec, free: Sequence[str], build: Build) -> tuple[Spec, ...]:
    """The call without what it may be left without, all of that and each.

    Args:
        spec: A call's constants, and the shapes of what else it is given.
        free: The names of the latter that may be None, or are ``""``.
        build: From a spec like it to the case.
    """
    optional = [name for name in free if name]
    groups = [optional, *([name] for name in optional)] if len(optional) > 1 else [optional]
    found = (_left_out(spec, free, group) for group in groups if group)
    return tuple(islice((one for one in found if _shows_more(one, spec, build)), _MOST))


def _left_out(spec: Spec, free: Sequence[str], names: Sequence[str]) -> Spec:
    kept = [number for number, name in enumerate(free) if name not in names]
    return replace(
        spec,
        options={**spec.options, **dict.fromkeys(names)},
        shapes=tuple(spec.shapes[number] for number in kept),
        kinds=tuple(spec.kinds[number] for number in kept),
    )


def with_optional(target: type, spec: Spec, build: Build) -> tuple[Spec, ...]:
    """A class's case with each mask, state, weight and number that its forward may be given."""
    if spec.bundled or spec.on_kinks:
        return ()
    found: list[Spec] = []
    absent: list[str] = []
    for parameter in _left_at_none(target, len(spec.shapes)):
        given = (_beside(spec, absent, parameter.name, feed) for feed in _feeds(parameter, spec))
        found += islice((one for one in given if _shows_more(one, spec, build)), 1)
        absent.append(_ABSENT)
    return tuple(found[:_MOST])


def _left_at_none(target: type, given: int) -> Iterator[inspect.Parameter]:
    """The arguments of its forward behind those that it is given, as long as None will do.

    A number is the last: what stands behind it is given with it.  None that the backward may be
    given, too: its caller says it to both.
    """
    shape = shape_of(target)
    others = own_positional(target, shape.backward) if shape else []
    both = {p.name for p in others if not is_required(p)}
    for parameter in own_positional(target, shape.forward)[given:] if shape else ():
        if parameter.name in both:
            return
        if parameter.default is None or is_other_number(parameter):
            yield parameter
        if parameter.default is not None:
            return


def _beside(spec: Spec, absent: Sequence[str], name: str, feed: tuple[Shape, str]) -> Spec:
    shape, kind = feed
    return replace(
        spec,
        shapes=(*spec.shapes, *((),) * len(absent), shape),
        kinds=(*spec.all_kinds, *absent, kind),
        beside=name,
    )


def _feeds(parameter: inspect.Parameter, spec: Spec) -> Iterator[tuple[Shape, str]]:
    """What it may be, by its name: nothing, where that is no such word."""
    name = parameter.name.lower()
    if parameter.default is not None:
        yield (), NUMBER
        return
    first = spec.shapes[0] if spec.shapes else ()
    if _MASK.fullmatch(name):
        kinds = ("mask", "0 or 1")
        yield from product(_masked(spec.shapes), kinds)
    elif _STATE.fullmatch(name):
        sizes = (*channels_of(spec).values(), *first[-1:])
        batch = first[:1]
        states = dict.fromkeys((*batch, size) for size in sizes[::-1] if batch)
        yield from ((shape, REAL) for shape in (*states, *((1, *one) for one in states)))
    elif _WEIGHS.fullmatch(name):
        yield (), NUMBER
        shapes = dict.fromkeys((first, first[:1], (*first[:1], 1), first[-1:]))
        yield from ((shape, "positive") for shape in shapes if shape)


def _masked(shapes: Sequence[Shape]) -> Iterator[Shape]:
    """Of scores, of each key, of each element, of each sample."""
    queries = shapes[0] if shapes else ()
    keys = shapes[1] if len(shapes) > 1 else queries
    yield (*queries[-2:-1], *keys[-2:-1])
    yield from dict.fromkeys((queries, queries[:2], keys[:2], queries[:1], queries[-1:]))


def _shows_more(spec: Spec, origin: Spec, build: Build) -> bool:
    """Whether it comes all the way, and its forward returns something else."""
    case = build(spec)
    return attempt_at(case).reach == GOOD and differ(build(origin), case)

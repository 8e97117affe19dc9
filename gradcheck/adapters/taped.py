"""A layer of somebody's engine: given the engine's own tensors, it returns one of them.

    out = layer.forward(x)        and then   layer.backward(grad)        → x.grad
    out = layer.forward(x)        out.grad = grad,    layer.backward()   → x.grad

Where it runs with plain arrays as well, forth and back, it is asked as any other layer.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters import local, loss, module
from gradcheck.adapters.engines import copied, is_float, is_own, tensor_class
from gradcheck.adapters.fitting import chosen
from gradcheck.adapters.holders import Holder, holder_of
from gradcheck.adapters.kinds import Kind, Shape, prediction_of, shape_of
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.shape import is_open, own_positional
from gradcheck.adapters.snapshot import below
from gradcheck.adapters.twins import deep_copy
from gradcheck.adapters.values import walk_from
from gradcheck.errors import ExerciseError
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import GRAD_OUTPUT, is_required, parameters, signed
from gradcheck.subject import Claims, Subject, after_a_step, copies, vjp

_WALKED = (
    "a layer of this engine cannot be called again until the engine has walked back from its "
    "output: that is asked, and says at first what the layer's own backward says"
)


def recognises(target: object) -> bool:
    """Whether its methods speak of a class of tensors of the author's own."""
    shape = shape_of(target)
    kind = target if inspect.isclass(target) else type(target)
    if shape is None or not shape.backward or not _ways(target, shape):
        return False
    return holder_near(kind) is not None


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The layer as it is, where that comes all the way; else behind one that wraps its inputs."""
    ask = functools.partial(_adapted, inputs=inputs, options=options, dtype=dtype)
    shape = shape_of(instance)
    # Where nothing is handed to its backward, what lies in its output may pass for an answer.
    is_first = shape is not None and (shape.kind == Kind.LOCAL or _wants_values(instance, shape))
    wraps = functools.partial(_wrapping, instance, inputs, ask)
    ways: list[Callable[[], Subject]] = [wraps, functools.partial(ask, instance)]
    return _furthest(ways if is_first else ways[::-1])


def _furthest(ways: Sequence[Callable[[], Subject]]) -> Subject:
    """The first subject that comes furthest: has a forward that runs, and a backward that fits.

    Raises:
        ExerciseError: If none of them can be made: what the first of them says.
    """
    made: list[tuple[bool, Subject]] = []
    refused: list[ExerciseError] = []
    for way in ways:
        try:
            subject = way()
        except ExerciseError as error:
            refused.append(error)
            continue
        if _answers(subject):
            return subject
        made.append((_runs(subject), subject))
    if not made:
        raise refused[0]
    return max(made, key=lambda one: one[0])[1]


def _adapted(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """As a layer, a loss or a local derivative."""
    speaks: Any = next(one for one in (module, loss, local) if one.recognises(instance))
    subject: Subject = speaks.adapt(instance, inputs, options, dtype)
    return subject


def _wrapping(instance: Any, inputs: Sequence[Any], ask: Callable[[Any], Subject]) -> Subject:
    """The layer behind one that wraps what it is given."""
    holder, shape = holder_near(type(instance)), shape_of(instance)
    if holder is None or shape is None:
        raise TypeError("asked about what it does not recognise")
    around = functools.partial(_around, ask, holder, shape)
    found = _found(instance, shape, around)
    if not _answers(found) or _answers_again(found):
        return found
    stepped = _stepped(instance, holder, shape, inputs)
    if stepped is None:
        return found
    own = _found(stepped, shape, around)
    return _walked(own, functools.partial(around, stepped)) or found


def _around(
    ask: Callable[[Any], Subject], holder: Holder, shape: Shape, instance: Any, way: Way
) -> Subject:
    return ask(_layer_of(type(instance), holder, shape, way)(instance))


def _found(instance: Any, shape: Shape, around: Callable[[Any, Way], Subject]) -> Subject:
    """In the first way in which it comes all the way; else in the first that lets it be made.

    What its cotangent is dressed as is its author's to choose, and decided by numbers.

    Raises:
        ExerciseError: If none does.
    """
    made: list[Subject] = []
    refused: list[ExerciseError] = []
    for enters, ways in product((True, False), _ways(instance, shape)):
        fitting = []
        for way in ways:
            try:
                subject = around(instance, way._replace(enters=enters))
            except ExerciseError as error:
                refused.append(error)
                continue
            made.append(subject)
            if not _runs(subject):
                break
            if _answers(subject, steep=True):
                fitting.append(subject)
        if fitting:
            return fitting[chosen(fitting)]
    if not made:
        raise refused[0]
    return made[0]


def _stepped(instance: Any, holder: Holder, shape: Shape, inputs: Sequence[Any]) -> Any:
    """A copy that has gone through a step, its output being walked back from; None if it cannot.

    Where an engine frees, as it walks, what a layer keeps of a forward, its layers cannot be called
    once more before.  And weights may be made in a first forward, and stay.
    """
    layer = deep_copy(instance, {}, list(below(instance)))
    wishes = _wishes(shape)
    given = [_given(one, holder, wishes(place)) for place, one in enumerate(inputs)]
    with silenced(), preserved_globals(), suppress(Exception):
        out = getattr(layer, shape.forward)(*(one.dressed for one in given))
        walk_from(holder, out, np.ones_like(holder.numbers(out)))
        for one in below(layer):
            if isinstance(one, holder.kind):
                holder.clear(one)
        return layer
    return None


def _walked(own: Subject, around: Callable[[Way], Subject]) -> Subject | None:
    """The same layer, whose cotangent the engine walks back; None unless both say the same."""
    try:
        walked = around(Way(walks=True))
        same = _answers(walked) and _same(_claims(own), _claims(walked))
    except (ExerciseError, RuntimeError):
        return None
    return replace(walked, notes=(*walked.notes, _WALKED)) if same else None


def _answers(subject: Subject, *, steep: bool = False) -> bool:
    """Whether it comes all the way, with a gradient of the right size for each input."""
    try:
        claims = _claims(subject)
    except (ExerciseError, RuntimeError):
        return False
    pairs = list(zip(subject.leaves, claims, strict=True))
    sized = all(
        leaf.unclaimed or (isinstance(claim, Tensor) and claim.numel() == leaf.value.numel())
        for leaf, claim in pairs
    )
    return sized and (not steep or any(claim.any() for claim in claims if claim is not None))


def _runs(subject: Subject) -> bool:
    try:
        with torch.no_grad():
            subject.forward(tuple(leaf.value for leaf in subject.leaves))
    except (ExerciseError, RuntimeError):
        return False
    return True


def _claims(subject: Subject) -> Claims:
    """What it claims where it stands, for a cotangent of ones."""
    values = tuple(leaf.value for leaf in subject.leaves)
    with torch.no_grad():
        return vjp(subject, values, tuple(map(torch.ones_like, subject.forward(values))))


def _answers_again(subject: Subject) -> bool:
    """Whether it can be called once more, forth and back, as in the next step of a training."""
    values = tuple(leaf.value for leaf in subject.leaves)
    try:
        with torch.no_grad():
            u = tuple(map(torch.ones_like, subject.forward(values)))
            _, backward = after_a_step(subject, values, u, lambda: copies(values))
            backward()
    except (ExerciseError, RuntimeError):
        return False
    return True


def _same(one: Claims, other: Claims) -> bool:
    pairs = list(zip(one, other, strict=False))
    return len(one) == len(other) and all(
        a is b is None or (a is not None and b is not None and torch.allclose(a, b))
        for a, b in pairs
    )


class Way(NamedTuple):
    """How inputs reach a forward, and a cotangent the backward.

    Attributes:
        enters: Whether inputs are wrapped; else the layer wraps them, and keeps what it has made.
        handed: Whether the cotangent is an argument; else it is laid beside the output.
        wrapped: Whether it is of the engine's own class.
        walks: Whether it is the engine that walks back, from the output.
    """

    enters: bool = True
    handed: bool = False
    wrapped: bool = False
    walks: bool = False


def _ways(instance: Any, shape: Shape) -> list[tuple[Way, ...]]:
    """Handed to it, where it takes anything; else laid where its output has its gradient."""
    takes = bool(own_positional(instance, shape.backward)) or is_open(instance, shape.backward)
    found: list[tuple[Way, ...]] = []
    if takes and shape.kind == Kind.LAYER:
        found.append((Way(handed=True, wrapped=True), Way(handed=True)))
    if not any(map(is_required, own_positional(instance, shape.backward))):
        found.append((Way(), Way(wrapped=True)))
    return found


def _layer_of(kind: Any, holder: Holder, shape: Shape, way: Way) -> type:
    """A class of plain arrays around a layer of the engine's tensors."""
    wishes = _wishes(shape)

    def made(self: Any, layer: Any) -> None:
        self.layer, self.returned = layer, None

    def forward(self: Any, *inputs: Any, **named: Any) -> Any:
        given = [_given(one, holder, wishes(place)) for place, one in enumerate(inputs)]
        dressed = [one.dressed for one in given] if way.enters else inputs
        self.out = getattr(self.layer, shape.forward)(*dressed, **named)
        if not isinstance(self.out, holder.kind):
            raise TypeError(f"{kind.__name__}.{shape.forward} returns no {holder.kind.__name__}")
        asking = [value for one in given for value in one.asking]
        self.asking = asking if way.enters else _made_within(self.layer, asking, holder)
        return copied(holder.numbers(self.out))  # some write each into the same memory

    def backward(self: Any, *cotangents: Any) -> Any:
        for value in self.asking:
            holder.clear(value)
        (u,) = cotangents or (np.ones_like(holder.numbers(self.out)),)
        if way.walks:
            walk_from(holder, self.out, u)
        else:
            self.returned = _asked_back(getattr(self.layer, shape.backward), self.out, u)
        left = [holder.gradient(value) for value in self.asking]
        told = _numbers_of(self.returned, holder)
        return told if told is not None and not any(map(_is_something, left)) else tuple(left)

    def _asked_back(method: Callable[..., Any], out: Any, u: Any) -> Any:
        dressed = holder.constant(u) if way.wrapped else copied(u)
        if way.handed:
            return method(dressed)
        holder.lay(out, dressed)
        return method()

    told = [] if shape.kind == Kind.LOSS else [GRAD_OUTPUT]
    body = {
        "__init__": made,
        "forward": signed(forward, _asked(kind, shape), of=getattr(kind, shape.forward)),
        "backward": signed(backward, told, of=getattr(kind, shape.backward)),
        "__module__": kind.__module__,
    }
    return type(kind.__name__, (), body)


def _asked(kind: Any, shape: Shape) -> list[inspect.Parameter]:
    """What its forward is given: the first of it always."""
    asked = own_positional(kind, shape.forward)
    if not asked:
        return [inspect.Parameter("inputs", inspect.Parameter.VAR_POSITIONAL)]
    return [asked[0].replace(default=inspect.Parameter.empty), *asked[1:]]


def _wishes(shape: Shape) -> Callable[[int], bool]:
    """At which places a gradient is wanted: of a loss, where its prediction stands."""
    if shape.kind != Kind.LOSS:
        return lambda _: True
    place = prediction_of(shape.arguments) if len(shape.arguments) > 1 else 0
    return lambda number: number == place


def _wants_values(instance: Any, shape: Shape) -> bool:
    """Whether its forward says that it is given the engine's own, and no arrays."""
    holder, method = holder_near(type(instance)), getattr(type(instance), shape.forward)
    asked = own_positional(type(instance), shape.forward)[:1]
    space = getattr(inspect.unwrap(method), "__globals__", {})
    said = [kind for one in asked for kind in in_annotation(one.annotation, space)]
    return holder is not None and holder.kind in said and np.ndarray not in said


class _Given(NamedTuple):
    """An argument as the engine wants it, and the values in it to which a gradient is wanted."""

    dressed: Any
    asking: tuple[Any, ...]


def _given(argument: Any, holder: Holder, wished: bool) -> _Given:
    if isinstance(argument, tuple | list):
        parts = [_given(one, holder, wished) for one in argument]
        asking = tuple(value for part in parts for value in part.asking)
        return _Given(type(argument)(part.dressed for part in parts), asking)
    if wished and is_float(argument):
        value = holder.value(argument)
        return _Given(value, (value,))
    return _Given(holder.constant(argument) if is_array(argument) else argument, ())


def _made_within(layer: Any, given: Sequence[Any], holder: Holder) -> list[Any]:
    """Of each value the one of the same numbers that the layer itself has made, and keeps.

    Raises:
        TypeError: If it keeps none.
    """
    kept = [one for one in below(layer) if isinstance(one, holder.kind)]
    pairs = [(value, [one for one in kept if _is_like(one, value, holder)]) for value in given]
    if not all(found for _, found in pairs):
        raise TypeError(f"{type(layer).__name__} keeps no {holder.kind.__name__} of its input")
    return [found[0] for _, found in pairs]


def _is_like(one: Any, other: Any, holder: Holder) -> bool:
    here, there = holder.numbers(one), holder.numbers(other)
    return bool(here.shape == there.shape and np.allclose(here, there, rtol=1e-6, atol=0))


def _numbers_of(returned: Any, holder: Holder) -> Any:
    """What a backward returns for its inputs; None where that is nothing, or not for them."""
    if isinstance(returned, tuple | list):
        parts = [_numbers_of(one, holder) for one in returned]
        return None if any(part is None for part in parts) else tuple(parts)
    if isinstance(returned, holder.kind):
        return holder.numbers(returned)
    return returned if is_array(returned) else None


def _is_something(gradient: Any) -> bool:
    return gradient is not None and bool(gradient.any())


def holder_near(kind: Any) -> Holder | None:
    """The class of values that a layer speaks of; None where there is none."""
    return _holder_near(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=512)
def _holder_near(kind: Any) -> Holder | None:
    for one in dict.fromkeys((*_named_near(kind), tensor_class(kind))):
        if not inspect.isclass(one) or one in kind.__mro__ or not is_own(one, kind):
            continue
        if shape_of(one) is None and (found := holder_of(one)) is not None:
            return found
    return None


def _named_near(kind: Any) -> Iterator[Any]:
    """The classes in the annotations of its methods, then those that these name or call."""
    methods = [m for base in kind.__mro__[:-1] for m in map(_plain, vars(base).values()) if m]
    for method in methods:
        for one in parameters(method):
            yield from in_annotation(one.annotation, method.__globals__)
    for method in methods:
        yield from _named_by(method)


def _plain(member: Any) -> FunctionType | None:
    found = inspect.unwrap(getattr(member, "__func__", member))
    return found if inspect.isfunction(found) else None


def in_annotation(annotation: Any, space: dict[str, Any]) -> Iterator[Any]:
    """The classes of an annotation, those in unions and containers too."""
    if isinstance(annotation, str):
        names = re.findall(r"[A-Za-z_][\w.]*", annotation)
        yield from filter(None, (_looked_up(name, space) for name in names))
    elif inspect.isclass(annotation):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from in_annotation(part, space)


def _looked_up(way: str, space: dict[str, Any]) -> Any:
    first, *more = way.split(".")
    found = space.get(first)
    for name in more:
        found = getattr(found, name, None) if inspect.ismodule(found) else None
    return found


def _named_by(function: FunctionType, *, deep: bool = True) -> Iterator[Any]:
    """The classes that a function names, itself or in a module, and those that what it calls does.

    >>> from fractions import Fraction
    >>> Fraction in _named_by(lambda: Fraction(1, 2))
    True
    """
    space, names = function.__globals__, function.__code__.co_names
    modules = [space[name] for name in names if inspect.ismodule(space.get(name))]
    inside = [vars(one).get(name) for one in modules for name in names]
    found = [one for one in (*map(space.get, names), *inside) if one is not None]
    yield from (one for one in found if inspect.isclass(one))
    for one in found if deep else ():
        if inspect.isfunction(one):
            yield from _named_by(one, deep=False)

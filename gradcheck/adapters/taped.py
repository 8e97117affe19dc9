"""A layer of somebody's engine: given the engine's own tensors, it returns one of them.

    out = layer.forward(x)        and then   layer.backward(grad)        → x.grad
    top = layer.forward(bottom)   top.diff = grad,   layer.backward(top) → bottom.diff
    out = layer.forward(x)        out.grad = grad,    layer.backward()   → x.grad

Where it runs with plain arrays as well, forth and back, it is asked as any other layer.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters import local, loss, module
from gradcheck.adapters.fitting import chosen
from gradcheck.adapters.holders import Holder
from gradcheck.adapters.instructions import asks_arguments
from gradcheck.adapters.kinds import Kind, Shape, shape_of
from gradcheck.adapters.peers import classes_beside
from gradcheck.adapters.shape import is_open, own_positional
from gradcheck.adapters.snapshot import below
from gradcheck.adapters.spoken import classes_in, holder_near
from gradcheck.adapters.twins import deep_copy
from gradcheck.adapters.values import walk_from
from gradcheck.adapters.wrapping import Way, given_as, layer_of, wishes_of
from gradcheck.errors import ExerciseError
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import is_required
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
    return ask(layer_of(type(instance), holder, shape, way)(instance))


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
    wishes = wishes_of(shape)
    given = [given_as(one, holder, wishes(place)) for place, one in enumerate(inputs)]
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


def _ways(instance: Any, shape: Shape) -> list[tuple[Way, ...]]:
    """Handed to it, where it takes anything; else laid where its output has its gradient."""
    takes = bool(own_positional(instance, shape.backward)) or is_open(instance, shape.backward)
    found: list[tuple[Way, ...]] = []
    if takes and shape.kind == Kind.LAYER:
        told = (Way(handed=True, wrapped=True), Way(handed=True))
        output = Way(handed=True, laid=True)
        found.append((output,) if _asks_its_output(instance, shape) else (*told, output))
    if not any(map(is_required, own_positional(instance, shape.backward))):
        found.append((Way(laid=True), Way(laid=True, wrapped=True)))
    return found


def _asks_its_output(instance: Any, shape: Shape) -> bool:
    """Whether its backward asks its argument for a gradient, or that of another class there does.

    One caller calls them all: who takes the numbers of what it is given for a gradient is wrong.
    """
    holder = holder_near(type(instance))
    if holder is None:
        return False
    kinds: Any = (type(instance), *classes_beside(type(instance)))
    layers = (one for one in kinds if inspect.isroutine(getattr(one, shape.backward, None)))
    asked = (one for one in layers if len(own_positional(one, shape.backward)) == 1)
    return any(asks_arguments(getattr(one, shape.backward), holder.grad) for one in asked)


def _wants_values(instance: Any, shape: Shape) -> bool:
    """Whether its forward says that it is given the engine's own, and no arrays."""
    holder, method = holder_near(type(instance)), getattr(type(instance), shape.forward)
    asked = own_positional(type(instance), shape.forward)[:1]
    space = getattr(inspect.unwrap(method), "__globals__", {})
    said = [kind for one in asked for kind in classes_in(one.annotation, space)]
    return holder is not None and holder.kind in said and np.ndarray not in said

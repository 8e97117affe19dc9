"""A loss: a value of a prediction and a target, and its gradient with regard to the prediction.

    forward(pred, target) -> value,   then   backward() -> gradient
    loss(pred, target) -> value,      and    grad(pred, target) -> gradient
    loss(pred, target) -> (value, gradient)

With weights, a mask or a third sample beside, the first of them have the gradients, unless slopes
say otherwise.
In this order of the arguments or in the other, as their names say.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from gradcheck.activations import Activation
from gradcheck.adapters.arguments import Arguments
from gradcheck.adapters.assignment import assigned
from gradcheck.adapters.fitting import chosen, fits, is_slope
from gradcheck.adapters.kinds import Kind, Shape, shape_of, wanted
from gradcheck.adapters.loss_calls import LossCalls, is_never_given, wants_all, wants_target
from gradcheck.adapters.named import prediction_of
from gradcheck.adapters.preactivation import (
    NONE_FITS,
    THROUGH,
    activations_before,
    before_in,
    parts_of,
)
from gradcheck.adapters.shape import asked_as, takes_argument
from gradcheck.adapters.stateful import Stateful
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Leaf, Subject, copies, vjp

UNCLAIMED = "a loss's backward returns the gradient with regard to its input only"
_SUMMED = "the loss returns one value for each sample: its gradient is that of their sum"
_AVERAGED = "the loss returns one value for each sample: its gradient is that of their mean"
_OF_ONE = "{name} looks at no grad_output: it is taken for that of one"
_OF_OUTPUT = "its gradient is given the output that the forward keeps, in the prediction's place"


def recognises(target: object) -> bool:
    """Whether it compares a prediction with a target."""
    shape = shape_of(target)
    return shape is not None and shape.kind == Kind.LOSS


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The loss as a subject: the gradient belongs to the prediction.

    Where backward can be given a cotangent it is given one, else the cotangent is all ones.

    Raises:
        ExerciseError: If it is that of what the prediction is an unknown activation of.
    """
    shape = shape_of(instance)
    if shape is None:
        raise TypeError("asked about what it does not recognise")
    words = wanted(instance, shape.backward) if shape.backward else ()
    parts = parts_of(wanted(instance, shape.forward), words)
    if not parts:
        return _adapted(instance, inputs, options, dtype, shape)
    name = f"{type(instance).__name__}.{shape.backward}"
    before = before_in(words, parts)
    possible = activations_before(parts)
    for through in possible:
        told = functools.partial(_adapted, through=through, before=before)
        subject = told(instance, inputs, options, dtype, shape)
        if len(possible) == 1 or fits(subject, steep=True):
            note = THROUGH.format(name=through.__name__, before=before)
            return replace(subject, notes=(*subject.notes, note))
    raise ExerciseError(NONE_FITS.format(name=name))


def _adapted(  # noqa: PLR0917 what a reading takes
    instance: Any,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype,
    shape: Shape,
    through: Activation | None = None,
    before: str = "",
) -> Subject:
    """In the reading that fits."""
    read = functools.partial(
        _read, instance, inputs, options, dtype, shape, through=through, before=before
    )
    plain, plain_calls = read(*_PLAIN)
    values = tuple(leaf.value for leaf in plain.leaves)
    try:
        plain.forward(values)
    except Exception:  # noqa: BLE001 whoever asks next is told
        return plain
    ways = _other_ways(
        averages=plain_calls.is_vector,
        gives_output=bool(shape.backward) and _keeps_output(plain, values),
    )
    possible = [(plain, plain_calls), *(read(*way) for way in ways)]
    subject, calls = possible[chosen([one for one, _ in possible])]
    notes = list(subject.notes)
    if plain_calls.is_vector:
        notes.append(_AVERAGED if calls.averages else _SUMMED)
    if calls.gives_output:
        notes.append(_OF_OUTPUT)
    if shape.backward and is_never_given(instance, shape.backward):
        notes.append(_OF_ONE.format(name=f"{type(instance).__name__}.{shape.backward}"))
    return replace(_claiming_all(subject, calls, values), notes=tuple(notes))


def _claiming_all(subject: Subject, calls: LossCalls, values: tuple[Tensor, ...]) -> Subject:
    """The loss, with all that its backward returns claimed: a target may have a gradient, too."""
    session = subject.open()
    try:
        session.place(copies(values))
        outputs = session.forward(copies(values))
        u = tuple(torch.ones_like(y) for y in outputs)
        returned = session.backward(copies(u))
        calls.places = assigned(subject, calls.gradients, calls.target_name)
        calls.number = _number(subject, calls.gradients, u)
        returned = vjp(subject, values, u) if calls.places or calls.number else returned
    except Exception:  # noqa: BLE001 whoever asks next is told
        return subject
    leaves = (
        replace(leaf, unclaimed=_why(leaf, claim, is_told=bool(calls.places)))
        for leaf, claim in zip(subject.leaves, returned, strict=True)
    )
    return replace(subject, leaves=tuple(leaves))


def _number(subject: Subject, gradients: tuple[Any, ...], u: tuple[Tensor, ...]) -> int:
    """Which of those that may be the prediction's gradient is its slope; 0 where none is."""
    place = next((i for i, leaf in enumerate(subject.leaves) if not leaf.unclaimed), 0)
    size = subject.leaves[place].value.numel()
    fitting = [one for one in gradients if isinstance(one, Tensor) and one.numel() == size]
    draws = Generator().manual_seed(0)
    slopes = (
        number
        for number, one in enumerate(fitting)
        if len(fitting) > 1 and is_slope(subject, place, one, u, draws)
    )
    return next(slopes, 0)


def _why(leaf: Leaf, claim: object, *, is_told: bool) -> str:
    """Why nothing is claimed for a leaf; empty where something is."""
    if claim is not None and leaf.unclaimed == UNCLAIMED:
        return ""
    return UNCLAIMED if claim is None and is_told else leaf.unclaimed


_PLAIN = (False, False)


def _other_ways(*, averages: bool, gives_output: bool) -> list[tuple[bool, bool]]:
    """How else it may be read, if these are possible at all: each an object made anew.

    >>> _other_ways(averages=True, gives_output=False)
    [(True, False)]
    """
    ways = [(True, False), (False, True), (True, True)]
    return [way for way in ways if way[0] <= averages and way[1] <= gives_output]


def _read(  # noqa: PLR0917 one reading of many
    instance: Any,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype,
    shape: Shape,
    averages: bool,
    gives_output: bool,
    *,
    through: Activation | None,
    before: str,
) -> tuple[Subject, LossCalls]:
    cotangent = (
        bool(shape.backward)
        and len(wanted(instance, shape.backward)) < 2
        and takes_argument(instance, shape.backward)
        and not is_never_given(instance, shape.backward)
    )
    position = prediction_of(shape.arguments)
    calls = LossCalls(
        shape.forward, shape.backward, cotangent, position, averages, gives_output, through
    )
    if wants_target(instance, calls) or wants_all(instance, calls.backward_name):
        calls.gives_cotangent = cotangent = False
    arguments = Arguments.of(asked_as(instance, shape.forward), inputs, dtype)
    if before:
        names = (*arguments.names[:position], before, *arguments.names[position + 1 :])
        arguments = replace(arguments, names=names)
    claimed = arguments.names[position]
    calls.target_name = next(iter(arguments.names[1 - position : 2 - position]), "")
    leaves = arguments.leaves(unclaimed=lambda name: "" if name == claimed else UNCLAIMED)
    place = next((i for i, leaf in enumerate(leaves) if not leaf.unclaimed), 0)

    def claims(returned: tuple[Any, ...]) -> Claims:
        calls.gradients = returned
        if calls.places and len(calls.places) == len(returned):
            named = dict(zip(calls.places, returned, strict=True))
            return tuple(named.get(number) for number in range(len(leaves)))
        size = leaves[place].value.numel() if leaves else 0
        fits = [isinstance(one, Tensor) and one.numel() == size for one in returned]
        if len(returned) == len(leaves) > 1 and all(isinstance(one, Tensor) for one in returned):
            return returned
        if len(returned) > 1 and _in_order(returned, leaves):
            return (*returned, *(None,) * (len(leaves) - len(returned)))
        fitting = [one for one, fit in zip(returned, fits, strict=True) if fit]
        claim = next(iter(fitting[calls.number :] or fitting or returned), None)
        return tuple(claim if number == place else None for number in range(len(leaves)))

    loss = Stateful(instance, arguments, dtype, claims, gives_cotangent=cotangent, calls=calls)
    return loss.subject(leaves, options), calls


def _in_order(returned: tuple[Any, ...], leaves: Sequence[Leaf]) -> bool:
    """Whether these are gradients of the first leaves, one each; of fewer samples, too."""
    return len(returned) <= len(leaves) and all(
        isinstance(one, Tensor) and one.ndim == leaf.value.ndim > 0
        for one, leaf in zip(returned, leaves, strict=False)
    )


def _keeps_output(subject: Subject, values: tuple[Tensor, ...]) -> bool:
    """Whether the forward leaves an ``output`` of the prediction's shape, as fused losses do."""
    session: Any = subject.open()
    session.place(values)
    session.forward(values)
    kept = session.kept("output")
    return isinstance(kept, Tensor | np.ndarray) and any(
        tuple(kept.shape) == tuple(leaf.value.shape) for leaf in subject.leaves
    )

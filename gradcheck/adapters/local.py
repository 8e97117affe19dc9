"""A local derivative:  ``f(x) -> y``  and  ``derivative() or derivative(x) -> ∂y/∂x``.

The caller multiplies by the cotangent, element by element or, where the derivative is a matrix, as
x̄ = Jᵀ u.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.arguments import Arguments, call
from gradcheck.adapters.calls import LayerCalls
from gradcheck.adapters.engines import unwrapped
from gradcheck.adapters.fitting import anywhere, chosen, fits
from gradcheck.adapters.kinds import Kind, Shape, shape_of, wanted
from gradcheck.adapters.peers import peers_of
from gradcheck.adapters.shape import asked_as, own_positional
from gradcheck.adapters.stateful import Stateful
from gradcheck.adapters.vocabulary import INPUT, OUTPUT, means, plain
from gradcheck.errors import BackwardError, ExerciseError
from gradcheck.foreign.signatures import is_required
from gradcheck.subject import Claims, Subject, unchanged

NOTES = {
    "input": "{name} is a local derivative: it is multiplied by the cotangent",
    "output": "{name} is a local derivative, given the forward's output",
    "cotangent": "{name} is given the cotangent",
}

# Who calls it a derivative does not mean the product with a cotangent.
_LOCAL = re.compile(r"deriv|prime|diff|jacob")


def recognises(target: object) -> bool:
    """Whether its gradient is given no cotangent."""
    shape = shape_of(target)
    return shape is not None and shape.kind == Kind.LOCAL


class Reading(StrEnum):
    """What the derivative is given, where it is given anything."""

    INPUT = "input"
    OUTPUT = "output"
    COTANGENT = "cotangent"


@dataclass
class _LocalCalls(LayerCalls):
    """The derivative times the cotangent; as it is, where it is given the cotangent itself."""

    reading: Reading = Reading.INPUT

    def backward(self, target: Any, cotangents: list[Any]) -> tuple[Any, ...]:
        """The gradient."""
        name = f"{type(target).__name__}.{self.backward_name}"
        known = {
            Reading.INPUT: self._arguments[0],
            Reading.OUTPUT: self._output,
            Reading.COTANGENT: cotangents[0],
        }
        heard = bool(wanted(target, self.backward_name))
        unheard = [p for p in own_positional(target, self.backward_name) if is_required(p)]
        given = (known[self.reading],) if heard else (cotangents[0],) * len(unheard)
        method = getattr(target, self.backward_name)
        derivative = unwrapped(call(method, name, *given, error=BackwardError))
        if derivative is None:
            raise BackwardError(f"{name} returned nothing")
        if heard and self.reading == Reading.COTANGENT:
            return (derivative,)
        product = _times(derivative, cotangents[0], self._arguments[0])
        if tuple(product.shape) != tuple(np.shape(self._arguments[0])):
            raise BackwardError(
                f"{name} returned a derivative of shape {tuple(np.shape(derivative))}: that is "
                "neither its input's nor a Jacobian's; write their product as a gradcheck.Pair"
            )
        return (product,)


def adapt(
    instance: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The function as a subject: what its derivative is given is read from its argument's name.

    Where a finite difference fits another reading and not that one, from the numbers.
    """
    shape = shape_of(instance)
    if shape is None:
        raise TypeError("asked about what it does not recognise")
    arguments = wanted(instance, shape.backward)
    readings = [Reading.INPUT]
    if arguments:
        first = Reading.OUTPUT if _of_output(arguments) else Reading.INPUT
        readings = sorted(Reading, key=lambda reading: reading != first)
        if _LOCAL.search(plain(shape.backward)):
            readings.remove(Reading.COTANGENT)
    subjects = [_read(instance, inputs, options, dtype, shape, one) for one in readings]
    number = chosen(subjects) if subjects[0].leaves else 0
    if number and readings[0] == Reading.INPUT and _others_read_the_input(instance, shape, inputs):
        number = 0
    note = NOTES[readings[number]].format(name=f"{subjects[0].name}.{shape.backward}")
    return replace(subjects[number], notes=(*subjects[number].notes, note))


def _read(  # noqa: PLR0917 one reading of three
    instance: Any,
    inputs: Sequence[Any],
    options: Mapping[str, Any],
    dtype: torch.dtype,
    shape: Shape,
    reading: Reading,
) -> Subject:
    calls = _LocalCalls(shape.forward, shape.backward, reading=reading)
    arguments = Arguments.of(asked_as(instance, shape.forward), inputs, dtype)
    leaves = arguments.leaves()

    def claims(returned: tuple[Any, ...]) -> Claims:
        return (*returned, *(None,) * (len(leaves) - 1))

    return Stateful(instance, arguments, dtype, claims, calls=calls).subject(leaves, options)


def instead_of(layer: Subject, inputs: Sequence[Any], dtype: torch.dtype) -> Subject | None:
    """A layer's backward read as a derivative at its argument, where the numbers want it so.

    Some call the derivative ``backward(x)``.  It must be the slope at whatever it is given: one
    that looks at what the forward has kept, and not at its argument, has forgotten the cotangent.
    """
    if len(layer.leaves) != 1:
        return None
    instance, shape = layer.instance, shape_of(layer.instance)
    if shape is None or not _may_mean_the_input(instance, shape) or fits(layer):
        return None
    elsewhere = [anywhere(value) for value in inputs]
    if not _looks_at_its_argument(instance, inputs, shape, dtype):
        return None
    local = Shape(Kind.LOCAL, shape.forward, shape.backward, shape.arguments)
    name = f"{layer.name}.{shape.backward}"
    for reading in (Reading.INPUT, Reading.OUTPUT):
        # Asked away from kinks, so that all cases of a class are read alike.
        told = _read(instance, elsewhere, layer.options, dtype, local, reading)
        if fits(told) or _peers_fit(instance, elsewhere, local, reading):
            subject = _read(instance, inputs, layer.options, dtype, local, reading)
            return replace(subject, notes=(*subject.notes, NOTES[reading].format(name=name)))
    return None


def _may_mean_the_input(instance: Any, shape: Shape) -> bool:
    words = wanted(instance, shape.backward)
    if len(words) != 1 or len(shape.arguments) != 1:
        return False
    return words == shape.arguments or means(INPUT, words[0]) or means(OUTPUT, words[0])


def _looks_at_its_argument(
    instance: Any, inputs: Sequence[Any], shape: Shape, dtype: torch.dtype
) -> bool:
    """Whether it says the same after a forward of something else, and else something else."""
    arguments = Arguments.of(asked_as(instance, shape.forward), inputs, dtype)
    (value,) = (leaf.value for leaf in arguments.leaves())
    # Nearer zero, beyond it, far off, and just there: a step changes its slope only there.
    others = (0.5 * value + 0.125, -value - 0.125, 8 * value, torch.zeros_like(value))

    def derivative(kept: Tensor, at: Tensor) -> Any:
        calls = _LocalCalls(shape.forward, shape.backward)
        session = Stateful(instance, arguments, dtype, tuple, calls=calls)
        session.forward((kept.clone(),))
        method = getattr(session.kept_object(), shape.backward)
        return torch.as_tensor(call(method, shape.backward, *arguments.filled((at.clone(),))))

    try:
        here = derivative(value, value)
        same = [derivative(other, value) for other in others]
        there = [derivative(value, other) for other in others]
    except (ExerciseError, RuntimeError, TypeError, ValueError):
        return False
    return all(unchanged(here, one) for one in same) and not all(
        unchanged(here, one) for one in there
    )


def _peers_fit(instance: Any, inputs: Sequence[Any], shape: Shape, reading: Reading) -> bool:
    """Whether another class of the same file, with the same two methods, is read so."""
    for other in peers_of(instance):
        peer = shape_of(other)
        if peer is None or (peer.forward, peer.backward) != (shape.forward, shape.backward):
            continue
        same = Shape(Kind.LOCAL, peer.forward, peer.backward, peer.arguments)
        if wanted(other, peer.backward) == wanted(instance, shape.backward):
            with suppress(ExerciseError, RuntimeError):
                if _fitting(other, inputs, same) == reading:
                    return True
    return False


def _others_read_the_input(instance: Any, shape: Shape, inputs: Sequence[Any]) -> bool:
    """Whether another class of the same file gives a derivative so called its input, by numbers.

    One caller calls them all: where one of them must be given the input, so must this one be.
    """
    arguments = wanted(instance, shape.backward)
    for other in peers_of(instance):
        peer = shape_of(other)
        if peer is None or (peer.kind, peer.backward) != (shape.kind, shape.backward):
            continue
        if wanted(other, peer.backward) == arguments and _fitting(other, inputs, peer) == (
            Reading.INPUT
        ):
            return True
    return False


def _fitting(other: Any, inputs: Sequence[Any], shape: Shape) -> Reading | None:
    """The one reading that fits; None where several do, or none."""
    found = [
        reading
        for reading in (Reading.INPUT, Reading.OUTPUT)
        if fits(_read(other, inputs, {}, torch.float64, shape, reading))
    ]
    return found[0] if len(found) == 1 else None


def _of_output(arguments: tuple[str, ...]) -> bool:
    return bool(arguments) and means(OUTPUT, arguments[0])


def _times(derivative: Any, u: Any, x: Any) -> Any:
    """Element by element, the same for all of what was reduced to one number.

    Where the derivative has one axis more than x, as a Jacobian.
    """
    array = isinstance(u, np.ndarray)
    d, cotangent = torch.as_tensor(derivative), torch.as_tensor(u)
    shape = tuple(torch.as_tensor(x).shape) if isinstance(x, Tensor | np.ndarray) else ()
    reduced = [axis for axis in range(len(shape)) if _without(shape, axis) == cotangent.shape]
    if tuple(d.shape) == shape and reduced:
        product = d * cotangent.unsqueeze(reduced[-1])
    elif d.shape == (*cotangent.shape, *shape[-1:]) and shape:
        product = torch.einsum("...i,...ij->...j", cotangent.to(d.dtype), d)
    else:
        product = d * cotangent
    return product.numpy() if array else product


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])

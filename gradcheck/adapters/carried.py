"""What is declared of a Function, carried over to the Modules that use it.

A Function that deviates on purpose makes the gradient of every Module around it deviate as well.
There it is undone, so that all the rest is judged:

straight-through, surrogate   its argument stands in for it
gradient of smooth            smooth stands in for it
-1, reversal                  what it gives is divided by that
constant                      no gradient is asked for that argument
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from gradcheck.adapters.bodies import Stands, body, stood_in
from gradcheck.adapters.function import signature_of
from gradcheck.errors import ExerciseError
from gradcheck.foreign.signatures import positional
from gradcheck.intention import CONSTANT, STRAIGHT_THROUGH, SURROGATE, Intention
from gradcheck.stand_in import StandIn
from gradcheck.subject import Subject

_WHOLE = {
    STRAIGHT_THROUGH: "is straight-through: here its argument stands in for it",
    SURROGATE: "has a surrogate gradient: here its argument stands in for it",
}


def over(adapt: Callable[[], Subject], told: Callable[[Any], Intention]) -> Subject:
    """The subject, with the deviations undone that are declared of the Functions inside it.

    Raises:
        ExerciseError: If one cannot be.
    """
    subject = adapt()
    meant = {one: told(one) for one in subject.functions if one is not subject.instance}
    stand_ins = {one: _stands_for(one, intention) for one, intention in meant.items() if intention}
    if not stand_ins:
        return subject
    with stood_in(stand_ins):
        changed = adapt()
    said = [f"declared: {one.__name__} {word}" for one in stand_ins for word in _words(meant[one])]
    left = tuple(one for one in changed.functions if one is not _Divided)
    return replace(changed, functions=left, idle="", notes=(*changed.notes, *said))


class _Divided(torch.autograd.Function):
    """The identity, whose gradient undoes a factor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0] / ctx.factor, None


def _stands_for(function: Any, intention: Intention) -> Stands:
    """What is called in its place."""
    names = [parameter.name for parameter in positional(signature_of(function))]

    def stands(way: Callable[..., Any], given: Sequence[Any], options: Mapping[str, Any]) -> Any:
        handed = [*given]
        for place, told in _told(intention, names, given).items():
            if isinstance(told, StandIn):
                outputs = told.called(given)
                return outputs if len(outputs) > 1 else outputs[0]
            if told in _WHOLE:
                return _itself(function, given, options, place)
            if isinstance(told, float):
                handed[place] = _Divided.apply(given[place], told)
            elif told == CONSTANT:
                handed[place] = given[place].detach()
        return way(*handed, **options)

    return stands


def _told(intention: Intention, names: Sequence[str], given: Sequence[Any]) -> dict[int, Any]:
    """What is declared of each tensor among the arguments, by its place."""
    tensors = [n for n, one in enumerate(given) if isinstance(one, Tensor)]
    floating = [n for n in tensors if given[n].is_floating_point() or given[n].is_complex()]
    called = {n: "input" if len(given) == 1 else names[min(n, len(names) - 1)] for n in floating}
    told = {n: intention.expect.get(name, intention.expect.get("")) for n, name in called.items()}
    return {n: one for n, one in told.items() if one is not None}


def _itself(function: Any, given: Sequence[Any], options: Mapping[str, Any], place: int) -> Tensor:
    """The argument that stands in for a Function of one output.

    Raises:
        ExerciseError: If the two are not shaped alike.
    """
    with torch.no_grad():
        result = body(function, given, options)[0]
    here: Tensor = given[place]
    if not isinstance(result, Tensor) or result.shape != here.shape:
        raise ExerciseError(
            f"{function.__name__} is declared as what passes a gradient through, and its output is "
            "not shaped as its argument: declare the Module around it"
        )
    return here.clone()


def _words(intention: Intention) -> list[str]:
    """What is undone, for the reader."""
    said = []
    for name, told in intention.expect.items():
        if isinstance(told, StandIn):
            said.append(f"has the gradient of {told.name}: here that stands in for it")
        elif isinstance(told, float):
            of = f" of {name}" if name else ""
            said.append(f"gives {told:g} times the gradient{of}: here that is undone")
        else:
            said.append(_WHOLE.get(told, f"takes {name} for a constant"))
    return said

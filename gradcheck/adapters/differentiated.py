"""A plain function of tensors that torch differentiates: its backward is torch's own graph.

The claim is ``torch.autograd.grad`` through the function as it is called.  Where hand-written
Functions stand in the graph, they are what is under test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from gradcheck.adapters.arguments import call, source_of
from gradcheck.adapters.bodies import bodies_only, is_alias
from gradcheck.adapters.graph import (
    AUTOGRADS_OWN,
    UNREACHED,
    Recorded,
    Waiting,
    as_leaves,
    hand_written,
    moves,
    pulled_back,
)
from gradcheck.adapters.nested import Nested, real, tensors_of
from gradcheck.errors import ExerciseError, VacuousError
from gradcheck.foreign.isolation import pin_random_numbers
from gradcheck.foreign.signatures import positional
from gradcheck.subject import Claims, Leaf, Outputs, Subject, Unlisted, Values, copies

DERIVED_FROM = "_derived_from"
"""The attribute of a derivative that says of which function it is one."""

DEPENDENT = "inputs depend on one another in the graph: each is taken as a variable of its own"


def recognises(target: object) -> bool:
    """Whether it is a function, one of its methods, or a part of one: no class, no object."""
    while isinstance(target, partial):
        target = target.func
    return inspect.isroutine(target)


def adapt(
    function: Any, inputs: Sequence[Any], options: Mapping[str, Any], dtype: torch.dtype
) -> Subject:
    """The function as a subject: its leaves are the tensors that ask for a gradient.

    Raises:
        ExerciseError: If it cannot be called, or no output has a gradient.
    """
    nested = Nested(tuple(inputs), names_of(function, len(inputs)))
    name = getattr(function, "__qualname__", type(function).__name__)
    values = nested.values(dtype)
    use, recorded = _learned(_Use(function, name, nested, dtype), values)
    functions = hand_written(recorded.outputs)
    single = next(iter(functions)) if len(functions) == 1 else None
    return Subject(
        name=name,
        leaves=use.excused(values, recorded),
        forward=use.forward,
        open=lambda: _Session(use),
        arguments=use.arguments,
        torch_conventions=True,
        keeps_state=False,
        instance=function,
        options=options,
        source=source_of(single.backward) if single else source_of(_routine(function)),
        forward_source=source_of(_routine(function)),
        opaque=use.hidden(values) if functions else AUTOGRADS_OWN,
        graph=use.chosen,
        notes=_notes(nested),
    )


def names_of(function: Callable[..., Any], count: int) -> tuple[str, ...]:
    """What the inputs are called: as in the signature, a single one ``input``."""
    if count == 1:
        return ("input",)
    try:
        names = [parameter.name for parameter in positional(function)][:count]
    except (TypeError, ValueError):
        names = []
    return (*names, *(f"input{position}" for position in range(len(names), count)))


@dataclass(frozen=True)
class _Use:
    """A function with its arguments, and what one first call of it has shown.

    Attributes:
        function: Anybody's.
        name: For messages.
        nested: Its arguments.
        dtype: In which the leaves are.
        casts: Whether it must be called in the dtype that it was given, for it holds tensors of
            that dtype itself.
        kept: Which of its outputs have a gradient, by number.
    """

    function: Any
    name: str
    nested: Nested
    dtype: torch.dtype
    casts: bool = False
    kept: tuple[int, ...] = ()

    def arguments(self, values: Values) -> tuple[Any, ...]:
        """All of them, with these values at the leaves."""
        if not self.casts:
            return self.nested.filled(values, self.dtype)
        given = [real(place.value).dtype for place in self.nested.leaves]
        return self.nested.filled(tuple(v.to(d) for v, d in zip(values, given, strict=True)))

    def called(self, values: Values) -> tuple[Any, ...]:
        """Every floating-point or complex tensor that it returns, at any depth."""
        pin_random_numbers()
        return tuple(tensors_of(call(self.function, self.name, *self.arguments(values))))

    def chosen(self, values: Values) -> Outputs:
        """Those that have a gradient, the parts of complex ones side by side."""
        return self.picked(self.called(values))

    def picked(self, outputs: Sequence[Any]) -> Outputs:
        """The same, of all outputs of one call."""
        return tuple(real(outputs[number]).to(self.dtype) for number in self.kept)

    def forward(self, values: Values) -> Outputs:
        """A function of the leaves; from the bodies of Functions, where autograd looks on."""
        watched = torch.is_grad_enabled() and any(value.requires_grad for value in values)
        with self.bodies() if watched else torch.no_grad():
            return self.chosen(copies(values))

    def recorded(self, values: Values) -> Recorded:
        """Called with torch's graph."""
        leaves = as_leaves(values)
        with torch.enable_grad():
            return Recorded(leaves, self.chosen(leaves))

    def bodies(self) -> Any:
        """Functions as the bodies of their forwards, in the files that are known to hold some."""
        space = getattr(_routine(self.function), "__globals__", {})
        return bodies_only([space])

    def hidden(self, values: Values) -> str:
        """Why the bodies of the Functions cannot be had; empty if they can."""
        if is_alias(self.function):
            return "the function is the Function itself, and what is under test"
        try:
            with self.bodies():
                left = hand_written(self.recorded(values).outputs)
        except ExerciseError as error:
            return f"the forwards inside cannot be differentiated by torch: {error}"
        names = ", ".join(sorted(function.__name__ for function in left))
        return f"{names} cannot be gone round, and is what is under test" if names else ""

    def excused(self, values: Values, recorded: Recorded) -> tuple[Leaf, ...]:
        """The leaves, with the reason where autograd does not reach one that matters."""
        ones = tuple(torch.ones_like(y) for y in recorded.outputs)
        claims = pulled_back(recorded, ones, self.name)
        return tuple(
            Leaf(
                place.name,
                value,
                unclaimed=UNREACHED
                if claim is None and moves(self.forward, values, number)
                else "",
                required=place.value.requires_grad or None,
                is_complex=place.is_complex,
            )
            for number, (place, value, claim) in enumerate(
                zip(self.nested.leaves, values, claims, strict=True)
            )
        )


class _Session:
    """Each forward has a graph of its own; each backward goes through one."""

    def __init__(self, use: _Use) -> None:
        self._use = use
        self._name = f"the backward of {use.name}"
        self._waiting = Waiting(self._name)

    def place(self, values: Values) -> None:
        """Nothing: every leaf is an argument."""

    def forward(self, values: Values) -> Outputs:
        """Call the function, and keep the graph."""
        recorded = self._use.recorded(values)
        self._waiting.add(recorded)
        return tuple(output.detach() for output in recorded.outputs)

    def backward(self, cotangents: Outputs) -> Claims:
        """Ask torch; what it does not reach is zero, as in torch's own sum."""
        recorded = self._waiting.next()
        claims = pulled_back(recorded, cotangents, self._name)
        pairs = zip(recorded.leaves, claims, strict=True)
        return tuple(torch.zeros_like(leaf) if claim is None else claim for leaf, claim in pairs)

    def zero_grad(self) -> bool:
        """Nothing is stored."""
        return False

    def unlisted(self) -> Mapping[str, Unlisted]:
        """Nothing is held."""
        return {}


def _learned(use: _Use, values: Values) -> tuple[_Use, Recorded]:
    """In float64 if it can be called so, else in the dtype that it was given; with that call."""
    if not values:
        raise ExerciseError(
            f"{use.name} was given no floating-point input: there is no gradient to check"
        )
    try:
        return _with_outputs(use, values)
    except ExerciseError:
        if all(real(place.value).dtype == use.dtype for place in use.nested.leaves):
            raise
        return _with_outputs(replace(use, casts=True), values)


def _with_outputs(use: _Use, values: Values) -> tuple[_Use, Recorded]:
    leaves = as_leaves(values)
    with torch.enable_grad():
        outputs = use.called(leaves)
        kept = tuple(number for number, output in enumerate(outputs) if output.requires_grad)
        if not kept:
            raise VacuousError(f"{use.name} returned no output that has a gradient")
        use = replace(use, kept=kept)
        return use, Recorded(leaves, use.picked(outputs))


def _routine(function: Any) -> Any:
    """What somebody has written: of a derivative that is taken here, what it is taken of."""
    while isinstance(function, partial):
        function = function.func
    if hasattr(function, DERIVED_FROM):
        return _routine(getattr(function, DERIVED_FROM))
    return (
        function.__self__.backward
        if is_alias(function)
        else getattr(function, "__func__", function)
    )


def _notes(nested: Nested) -> tuple[str, ...]:
    dependent = any(place.value.grad_fn is not None for place in nested.leaves)
    return (DEPENDENT,) if dependent and len(nested.leaves) > 1 else ()

"""A subject at one point, with its claims for a few cotangents: what witnesses are asked about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.cases.point import cotangents, generator, normal
from gradcheck.errors import ExerciseError, VacuousError
from gradcheck.foreign.isolation import draws_numbers
from gradcheck.grid import on_grid
from gradcheck.norms import is_finite, largest
from gradcheck.subject import (
    Claims,
    Outputs,
    Role,
    Subject,
    Values,
    after_a_step,
    identical,
    vjp,
)

# Where the step before was: other values of the same sign, so that any domain is kept.
EARLIER = 0.75
MOVED = 1.25
APART = 0.25
# No initialiser draws it; memory that nobody has written to may hold it.
_ABSURD = 1e30
KEEPS_STATE = (
    "it keeps state between forwards: each gradient is checked as that of a fresh object, "
    "not after an earlier step"
)

FAILS_LATER = (
    "after an earlier step it fails ({error}): each gradient is checked as that of a fresh object"
)


@dataclass(frozen=True)
class Draw:
    """One cotangent and what the author's backward claims for it.

    Attributes:
        seed: From which the cotangent follows.
        cotangents: One for each output.
        claims: One for each leaf, exactly as the backward returned them.
    """

    seed: int
    cotangents: Outputs
    claims: Claims


@dataclass(frozen=True)
class Probe:
    """A subject, a point, the outputs there, and a few draws.

    Directions follow from ``seed``; ``notes`` say what had to be assumed of the author's object.
    """

    subject: Subject
    values: Values
    outputs: Outputs
    draws: tuple[Draw, ...]
    seed: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def is_random(self) -> bool:
        """Whether its forward draws numbers: the same each time, but in an order of its own."""
        return draws_numbers(lambda: self.subject.forward(self.values))


def take(subject: Subject, seeds: tuple[int, ...], *, move_weights: bool = False) -> Probe:
    """Call the forward once, and the backward once for each seed.

    The first backward is that of a fresh object; before each other one the object has gone
    through a step at other values, inputs and weights.  ``move_weights`` checks at other weights
    than the constructor's, as they are once training has begun: a backward may have kept a copy.

    Where the forward itself gives something else after such a step, as a recurrent cell does that
    carries its state on, its gradient is another as well: then every draw is that of a fresh
    object.

    Raises:
        ExerciseError: If the outputs are not finite numbers, or there are none.
    """
    weights = _weights(subject) if move_weights else {}
    values = tuple(
        on_grid(weights.get(position, leaf.value)) for position, leaf in enumerate(subject.leaves)
    )
    filled = _filled(subject, weights)
    with torch.no_grad():
        outputs = tuple(output.detach().clone() for output in subject.forward(values))
        _refuse_unusable(subject.name, outputs)
        subject = replace(subject, forward=_defined_nearby(subject, values, outputs))
        fresh = Probe(subject, values, outputs, (), seeds[0])
        draws: list[Draw] = []
        notes: tuple[str, ...] = ()
        for seed in seeds:
            u = cotangents(outputs, generator(seed), free=subject.free_cotangent)
            try:
                claims = _after_a_step(fresh, u) if draws else vjp(subject, values, u)
                why = KEEPS_STATE
            except ExerciseError as error:
                # Loud, and no gradient: that of a fresh object is asked all the same.
                claims, why = None, FAILS_LATER.format(error=error)
                if not draws:
                    raise
            if claims is None:
                claims, notes = vjp(subject, values, u), (why,)
            draws.append(Draw(seed, u, _expected(subject, claims)))
    subject.open()  # frees what the last call has left in the object
    return replace(fresh, draws=tuple(draws), notes=(*filled, *notes))


def _weights(subject: Subject) -> dict[int, Tensor]:
    """The weights moved; normal ones for a matrix of zeros, which hides what it is multiplied by.

    So too where all parameters are zeros, and where memory was never written to.  Those that are
    all alike, as the ones that scale a normalisation, are moved apart: a sum hides their places.
    """
    held = {p: leaf for p, leaf in enumerate(subject.leaves) if leaf.role == Role.PARAMETER}
    nothing = not any(bool(leaf.value.any()) for leaf in held.values())
    return {
        position: normal(tuple(leaf.value.shape), generator(position, 5)).to(leaf.value)
        if _is_unset(leaf.value, nothing=nothing)
        else _moved(leaf.value, position)
        for position, leaf in held.items()
    }


def _moved(value: Tensor, position: int) -> Tensor:
    alike = value.numel() > 1 and bool(value.any()) and bool((value == value.flatten()[0]).all())
    if not alike:
        return value * MOVED
    steps = normal(tuple(value.shape), generator(position, 5)).to(value)
    return value * MOVED * (1 + APART * steps.clamp(-2, 2))


def _is_unset(value: Tensor, *, nothing: bool) -> bool:
    if not largest(value) <= _ABSURD:  # NaN is not
        return True
    return not bool(value.any()) and (nothing or (value.dim() > 1 and min(value.shape) > 1))


def _filled(subject: Subject, weights: dict[int, Tensor]) -> tuple[str, ...]:
    names = [
        subject.leaves[position].name
        for position, value in weights.items()
        if not torch.equal(value, _moved(subject.leaves[position].value, position))
    ]
    if not names:
        return ()
    return (f"{', '.join(names)} held zeros, or nothing yet: checked at random values",)


def _expected(subject: Subject, claims: Claims) -> Claims:
    """The claims, without those of leaves for which none is expected."""
    pairs = zip(subject.leaves, claims, strict=True)
    return tuple(None if leaf.unclaimed else claim for leaf, claim in pairs)


def _after_a_step(probe: Probe, u: Outputs) -> Claims | None:
    """The claims after a step elsewhere; None where the forward, too, gives something else then.

    A forward that gives something else each time anyhow is no reason.
    """
    subject, values = probe.subject, probe.values
    before = functools.partial(_smaller, subject, values)
    try:
        outputs, backward = after_a_step(subject, values, u, before)
    except ExerciseError:
        before = functools.partial(_rolled, subject, values)
        outputs, backward = after_a_step(subject, values, u, before)
    if not identical(outputs, probe.outputs):
        if identical(subject.forward(values), probe.outputs):
            return None
        _, backward = after_a_step(subject, values, u, before)
    return backward()


def _defined_nearby(
    subject: Subject, point: Values, outputs: Outputs
) -> Callable[[Values], Outputs]:
    """The forward, which is not a number where it refuses a point near this: there it has no value.

    A loss may refuse what no longer sums to one, by an assertion; a step beside the point is such.
    Inputs of other shapes are refused as ever, in its own words.
    """
    shapes = [value.shape for value in point]

    def forward(values: Values) -> Outputs:
        try:
            return subject.forward(values)
        except ExerciseError:
            if [value.shape for value in values] != shapes:
                raise
            return tuple(torch.full_like(output, torch.nan) for output in outputs)

    return forward


def _smaller(subject: Subject, values: Values) -> Values:
    """All of it nearer to zero, but for what has no gradient, as a target."""
    return tuple(
        value.clone() if leaf.unclaimed else value * EARLIER
        for leaf, value in zip(subject.leaves, values, strict=True)
    )


def _rolled(subject: Subject, values: Values) -> Values:
    """The samples in other places: for code that refuses smaller ones, which do not sum to one."""
    return tuple(
        value.roll(1, 0) if value.dim() and leaf.role != Role.PARAMETER else value.clone()
        for leaf, value in zip(subject.leaves, values, strict=True)
    )


def _refuse_unusable(name: str, outputs: Outputs) -> None:
    if all(output.numel() == 0 for output in outputs):
        raise VacuousError(f"{name}.forward returned an empty output: there is nothing to check")
    if not all(is_finite(output) for output in outputs):
        raise ExerciseError(
            f"{name}.forward returned NaN or infinity at the point to check: choose other inputs"
        )

"""A subject at one point, with its claims for a few cotangents: what witnesses are asked about."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gradcheck.cases.point import cotangents, generator, on_grid
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Outputs, Role, Subject, Values, vjp

# Where the step before was: other values of the same sign, so that any domain is kept.
EARLIER = 0.75
MOVED = 1.25


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

    Directions follow from ``seed``.
    """

    subject: Subject
    values: Values
    outputs: Outputs
    draws: tuple[Draw, ...]
    seed: int = 0


def take(subject: Subject, seeds: tuple[int, ...], *, move_weights: bool = False) -> Probe:
    """Call the forward once, and the backward once for each seed.

    The first backward is that of a fresh object; before each other one the object has gone
    through a step at other values, inputs and weights.  ``move_weights`` checks at other weights
    than the constructor's, as they are once training has begun: a backward may have kept a copy.

    Raises:
        ExerciseError: If the outputs are not finite numbers, or there are none.
    """
    values = tuple(
        on_grid(leaf.value * MOVED if move_weights and leaf.role == Role.PARAMETER else leaf.value)
        for leaf in subject.leaves
    )
    with torch.no_grad():
        outputs = tuple(output.detach().clone() for output in subject.forward(values))
        _refuse_unusable(subject.name, outputs)
        first, *others = seeds
        earlier = tuple(value * EARLIER for value in values)
        draws = (
            _draw(subject, values, outputs, first, before=None),
            *(_draw(subject, values, outputs, seed, before=earlier) for seed in others),
        )
    return Probe(subject, values, outputs, draws, first)


def _draw(
    subject: Subject, values: Values, outputs: Outputs, seed: int, before: Values | None
) -> Draw:
    u = cotangents(outputs, generator(seed), free=subject.free_cotangent)
    claims = tuple(
        None if leaf.unclaimed else claim
        for leaf, claim in zip(subject.leaves, vjp(subject, values, u, before), strict=True)
    )
    return Draw(seed, u, claims)


def _refuse_unusable(name: str, outputs: Outputs) -> None:
    if all(output.numel() == 0 for output in outputs):
        raise ExerciseError(f"{name}.forward returned an empty output: there is nothing to check")
    if not all(bool(torch.isfinite(output).all()) for output in outputs):
        raise ExerciseError(
            f"{name}.forward returned NaN or infinity at the point to check: choose other inputs"
        )

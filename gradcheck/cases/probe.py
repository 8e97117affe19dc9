"""A subject at one point, with its claims for a few cotangents: what witnesses are asked about."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from gradcheck.cases.point import cotangents, generator, on_grid
from gradcheck.errors import ExerciseError
from gradcheck.subject import Claims, Outputs, Subject, Values


@dataclass(frozen=True)
class Draw:
    """One cotangent and what the author's backward claims for it.

    Attributes:
        seed: From which the cotangent, and the directions for it, follow.
        cotangents: One for each output.
        claims: One for each leaf, exactly as the backward returned them.
    """

    seed: int
    cotangents: Outputs
    claims: Claims


@dataclass(frozen=True)
class Probe:
    """A subject, a point, the outputs there, and a few draws."""

    subject: Subject
    values: Values
    outputs: Outputs
    draws: tuple[Draw, ...]


def take(subject: Subject, seeds: tuple[int, ...]) -> Probe:
    """Call the forward once, and the backward once for each seed.

    Raises:
        ExerciseError: If the outputs are not finite numbers, or there are none.
    """
    values = tuple(on_grid(leaf.value) for leaf in subject.leaves)
    with torch.no_grad():
        outputs = tuple(output.detach().clone() for output in subject.forward(values))
        _refuse_unusable(subject.name, outputs)
        draws = tuple(_draw(subject, values, outputs, seed) for seed in seeds)
    return Probe(subject, values, outputs, draws)


def _draw(subject: Subject, values: Values, outputs: Outputs, seed: int) -> Draw:
    u = cotangents(outputs, generator(seed), free=subject.free_cotangent)
    claims = tuple(
        None if leaf.unclaimed else claim
        for leaf, claim in zip(subject.leaves, subject.vjp(values, u), strict=True)
    )
    return Draw(seed, u, claims)


def _refuse_unusable(name: str, outputs: Outputs) -> None:
    if all(output.numel() == 0 for output in outputs):
        raise ExerciseError(f"{name}.forward returned an empty output: there is nothing to check")
    if not all(bool(torch.isfinite(output).all()) for output in outputs):
        raise ExerciseError(
            f"{name}.forward returned NaN or infinity at the point to check: choose other inputs"
        )

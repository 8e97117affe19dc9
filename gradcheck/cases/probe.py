"""A subject at one point, with its claims for a few cotangents: what witnesses are asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from gradcheck.cases.point import cotangents, generator, on_grid
from gradcheck.errors import ExerciseError
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
KEEPS_STATE = (
    "it keeps state between forwards: each gradient is checked as that of a fresh object, "
    "not after an earlier step"
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
    values = tuple(
        on_grid(leaf.value * MOVED if move_weights and leaf.role == Role.PARAMETER else leaf.value)
        for leaf in subject.leaves
    )
    with torch.no_grad():
        outputs = tuple(output.detach().clone() for output in subject.forward(values))
        _refuse_unusable(subject.name, outputs)
        fresh = Probe(subject, values, outputs, (), seeds[0])
        draws: list[Draw] = []
        notes: tuple[str, ...] = ()
        for seed in seeds:
            u = cotangents(outputs, generator(seed), free=subject.free_cotangent)
            claims = _after_a_step(fresh, u) if draws else vjp(subject, values, u)
            if claims is None:
                claims, notes = vjp(subject, values, u), (KEEPS_STATE,)
            draws.append(Draw(seed, u, _expected(subject, claims)))
    return replace(fresh, draws=tuple(draws), notes=notes)


def _expected(subject: Subject, claims: Claims) -> Claims:
    """The claims, without those of leaves for which none is expected."""
    pairs = zip(subject.leaves, claims, strict=True)
    return tuple(None if leaf.unclaimed else claim for leaf, claim in pairs)


def _after_a_step(probe: Probe, u: Outputs) -> Claims | None:
    """The claims after a step elsewhere; None where the forward, too, gives something else then.

    A forward that gives something else each time anyhow is no reason.
    """
    subject, values = probe.subject, probe.values
    before = tuple(value * EARLIER for value in values)
    outputs, backward = after_a_step(subject, values, u, before)
    if not identical(outputs, probe.outputs):
        if identical(subject.forward(values), probe.outputs):
            return None
        _, backward = after_a_step(subject, values, u, before)
    return backward()


def _refuse_unusable(name: str, outputs: Outputs) -> None:
    if all(output.numel() == 0 for output in outputs):
        raise ExerciseError(f"{name}.forward returned an empty output: there is nothing to check")
    if not all(bool(torch.isfinite(output).all()) for output in outputs):
        raise ExerciseError(
            f"{name}.forward returned NaN or infinity at the point to check: choose other inputs"
        )

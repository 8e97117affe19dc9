"""The object called anew: what contracts look at, plainly and under other circumstances."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from gradcheck.cases.point import cotangents, generator
from gradcheck.cases.probe import EARLIER, Probe
from gradcheck.contracts.memory import Place
from gradcheck.errors import ExerciseError
from gradcheck.norms import distance, is_finite, largest
from gradcheck.subject import (
    Claims,
    Outputs,
    Role,
    Session,
    Subject,
    Values,
    copies,
    taken,
    unchanged,
)


@dataclass(frozen=True)
class Places:
    """Where the very tensors lay that were handed to an object, and those that came back.

    Attributes:
        values: Of the leaves.
        cotangents: What flowed in.
        claims: What was returned or stored; None where that is no tensor.
    """

    values: tuple[Place, ...]
    cotangents: tuple[Place, ...]
    claims: tuple[Place | None, ...]


@dataclass(frozen=True)
class Call:
    """One forward and one backward of a fresh object, and what has become of what it was handed.

    What is equal to what was known before is that, so that no large leaf is kept twice.

    Attributes:
        values: Those of the leaves, as they are after the call.
        cotangents: The same.
        outputs: A copy of them.
        gradients: Copies of what was returned or stored.
        places: Where all of it lay.
        changed_by_forward: Which leaves the forward has written to, by position.
    """

    values: Values
    cotangents: Outputs
    outputs: Outputs
    gradients: Claims
    places: Places
    changed_by_forward: tuple[int, ...]


@dataclass(frozen=True)
class Calls:
    """A probe, and what several contracts need of it, computed once.

    Attributes:
        probe: The subject at a point, with the claims as they were made.
        verified: The positions of the leaves whose gradient is known to be right there.
        call: The plain case, one forward and one backward, with which others are compared.
        forward_noise: How far two equal forwards are apart, relative to the largest output.
        backward_noise: The same of two equal backwards.
    """

    probe: Probe
    verified: frozenset[int]
    call: Call
    forward_noise: float = 0.0
    backward_noise: float = 0.0

    @classmethod
    def of(cls, probe: Probe, verified: Collection[int]) -> Self:
        """Make the plain call first of all."""
        first = cls(probe, frozenset(verified), _plain(probe))
        return replace(
            first,
            forward_noise=apart(first.call.outputs, probe.outputs),
            backward_noise=first._apart_from_draws(),
        )

    def _apart_from_draws(self) -> float:
        """How far the plain claims are from the same ones made for the witnesses.

        Where they differ, a third call decides: what was returned may have been written to since.
        """
        if not apart(self.call.gradients, self.probe.draws[0].claims):
            return 0.0
        _, again = self.run(self.values, self.cotangents)
        return apart(self.call.gradients, again)

    @property
    def subject(self) -> Subject:
        """Whose contracts these are."""
        return self.probe.subject

    @property
    def values(self) -> Values:
        """Where it is called."""
        return self.probe.values

    @property
    def cotangents(self) -> Outputs:
        """What flows in."""
        return self.probe.draws[0].cotangents

    @property
    def promised(self) -> bool:
        """Whether the author promises torch's conventions where others are free."""
        return self.subject.torch_conventions

    @cached_property
    def other_cotangents(self) -> Outputs:
        """Others of the same shapes."""
        draws = generator(self.probe.draws[0].seed, 1)
        return cotangents(self.probe.outputs, draws, free=self.subject.free_cotangent)

    def run(self, values: Values, cotangents: Outputs) -> tuple[Outputs, Claims]:
        """A forward and a backward in a session of their own; copies of all that comes and goes."""
        return self._run(copies(values), copies(cotangents))

    def started(self) -> tuple[Session, Outputs]:
        """A session with one forward behind it, and what that returned."""
        session = self.subject.open()
        given = copies(self.values)
        session.place(given)
        return session, session.forward(given)

    def inputs(self, values: Values) -> Values:
        """What another forward is handed: it reads the parameters that were placed, not these."""
        return tuple(
            value if leaf.role == Role.PARAMETER else value.clone()
            for leaf, value in zip(self.subject.leaves, values, strict=True)
        )

    def run_as_laid(self, values: Values, cotangents: Outputs) -> tuple[Outputs, Claims]:
        """The same, with inputs and cotangents handed over as they are: their layout arrives."""
        given = tuple(
            value.clone() if leaf.role == Role.PARAMETER else value
            for leaf, value in zip(self.subject.leaves, values, strict=True)
        )
        return self._run(given, cotangents)

    def _run(self, given: Values, cotangents: Outputs) -> tuple[Outputs, Claims]:
        session = self.subject.open()
        session.place(given)
        outputs = copies(session.forward(given))
        claims = taken(session.backward(cotangents))
        self.subject.open()  # frees what the object still holds of it
        return outputs, claims

    @cached_property
    def gradients(self) -> dict[int, Tensor]:
        """What the plain call gave, by position, where it has the right size and is finite."""
        pairs = zip(self.subject.leaves, self.call.gradients, strict=True)
        return {
            position: claim.reshape(leaf.value.shape)
            for position, (leaf, claim) in enumerate(pairs)
            if not leaf.unclaimed and isinstance(claim, Tensor) and is_gradient(claim, leaf.value)
        }

    def stored(self, positions: Iterable[int]) -> tuple[int, ...]:
        """Of these, the parameters': their gradients are stored, not returned."""
        return tuple(p for p in positions if self.subject.leaves[p].role == Role.PARAMETER)

    @property
    def names_of_stored(self) -> list[str]:
        """The names of all parameters, whose gradients were found."""
        return [self.name(p) for p in self.stored(range(len(self.subject.leaves)))]

    def name(self, position: int) -> str:
        """The leaf's name."""
        return self.subject.leaves[position].name

    def names(self, positions: Iterable[int]) -> str:
        """The leaves' names, as in a sentence."""
        *others, last = [self.name(position) for position in positions]
        return f"{', '.join(others)} and {last}" if others else last

    def elsewhere(self) -> tuple[Values, Outputs, Claims] | None:
        """The same weights at other inputs: values, outputs, claims; None if there are no such.

        The inputs are turned round, so that masks and signs differ, and shrunk, so that a batch
        of one differs.  Where the forward refuses that, they are shrunk alone.
        """
        for turned in (True, False):
            values = self._moved_inputs(turned=turned)
            try:
                outputs, claims = self.run(values, self.cotangents)
            except ExerciseError:
                continue
            if all(is_finite(y) for y in outputs):
                return values, outputs, claims
        return None

    def _moved_inputs(self, *, turned: bool) -> Values:
        return tuple(
            value
            if leaf.role == Role.PARAMETER
            else EARLIER * (value.flip(tuple(range(value.dim()))) if turned else value)
            for leaf, value in zip(self.subject.leaves, self.values, strict=True)
        )


def _plain(probe: Probe) -> Call:
    draw = probe.draws[0]
    session = probe.subject.open()
    values, given = copies(probe.values), copies(draw.cotangents)
    session.place(values)
    outputs = copies(session.forward(values))
    changed = changed_positions(probe.values, values)
    claims = session.backward(given)
    places = Places(
        tuple(map(Place.of, values)),
        tuple(map(Place.of, given)),
        tuple(Place.of(claim) if isinstance(claim, Tensor) else None for claim in claims),
    )
    return Call(
        tuple(
            was if torch.equal(now, was) else now
            for now, was in zip(values, probe.values, strict=True)
        ),
        given,
        outputs,
        _known(claims, draw.claims),
        places,
        changed,
    )


def _known(found: Claims, before: Claims) -> Claims:
    """Copies of tensors, but those of before where they hold the same numbers."""
    return tuple(
        was if _is_equal(one, was) else taken((one,))[0]
        for one, was in zip(found, before, strict=True)
    )


def _is_equal(one: object, other: object) -> bool:
    if not (isinstance(one, Tensor) and isinstance(other, Tensor)):
        return False
    return one.dtype == other.dtype and torch.equal(one, other)


def is_gradient(claim: object, value: Tensor) -> bool:
    """Whether a claim has as many elements as its leaf, all finite."""
    return isinstance(claim, Tensor) and claim.numel() == value.numel() and is_finite(claim)


def apart(first: Claims, second: Claims) -> float:
    """The largest difference of two rows of tensors, each relative to its largest element."""
    pairs = zip(first, second, strict=True)
    return max(
        (
            _apart(one, two)
            for one, two in pairs
            if isinstance(one, Tensor) and isinstance(two, Tensor)
        ),
        default=0.0,
    )


def _apart(one: Tensor, two: Tensor) -> float:
    if one.shape != two.shape:
        return math.inf
    if unchanged(one, two):
        return 0.0
    difference, size = distance(one, two), max(largest(one), largest(two))
    return difference / size if math.isfinite(difference) else math.inf


def changed_positions(before: Values, after: Values) -> tuple[int, ...]:
    """Where a tensor is not what it was, to the bit; NaN is what it was where it is NaN."""
    return tuple(
        position
        for position, (was, now) in enumerate(zip(before, after, strict=True))
        if not unchanged(was, now)
    )

"""What the contracts share: the object called anew, and what tells two gradients apart.

A contract never asks whether a gradient is right, the witnesses do: it compares the author's own
claims under two circumstances that should make no difference.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.cases.point import cotangents, generator, normal, scale_of
from gradcheck.cases.precision import by_digits, is_representable, working_dtype
from gradcheck.cases.probe import EARLIER, Probe
from gradcheck.errors import ExerciseError
from gradcheck.records import Comparison, Opinion
from gradcheck.subject import Claims, Outputs, Role, Subject, Values, copies, identical, taken
from gradcheck.witnesses.autograd import natural_size
from gradcheck.witnesses.exact import TOLERANCE, compare, largest
from gradcheck.witnesses.staircase import GENEROUS

# What the last bits of the values do to a gradient, another order of summing may do as well.
SAFETY = 64
_LAST_BITS = 2
# Where the gradient itself is not verified, only what no rounding explains is told.
_COARSE = 1e-3


@dataclass(frozen=True)
class Call:
    """One forward and one backward of a fresh object, with the very tensors handed to it.

    Attributes:
        values: Those of the leaves, as they are after the call.
        cotangents: The same.
        outputs: A copy of them.
        claims: The very tensors that were returned or stored.
        gradients: Copies of them.
        changed_by_forward: Which leaves the forward has written to, by position.
    """

    values: Values
    cotangents: Outputs
    outputs: Outputs
    claims: Claims
    gradients: Claims
    changed_by_forward: tuple[int, ...]


@dataclass(frozen=True)
class _Noise:
    """How far the last bits move the outputs and, by position, the claims, relative to these."""

    outputs: float
    claims: Mapping[int, float]


@dataclass(frozen=True)
class Trial:
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
    def of(cls, probe: Probe, verified: Collection[int]) -> Trial:
        """Make the plain call first of all."""
        values, given = copies(probe.values), copies(probe.draws[0].cotangents)
        session = probe.subject.open()
        session.place(values)
        outputs = copies(session.forward(values))
        changed = changed_positions(probe.values, values)
        claims = session.backward(given)
        call = Call(values, given, outputs, claims, taken(claims), changed)
        first = cls(probe, frozenset(verified), call)
        return replace(
            first,
            forward_noise=apart(outputs, probe.outputs),
            backward_noise=first._apart_from_draws(),
        )

    def _apart_from_draws(self) -> float:
        """How far the plain claims are from the same ones made for the witnesses.

        Where they differ, a third call decides: what was returned may have been written to since.
        """
        if not apart(self.call.gradients, self.probe.draws[0].claims):
            return 0.0
        _, again = self.run(copies(self.values), copies(self.cotangents))
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
        """A forward and a backward in a session of their own; copies of what they return.

        The tensors are handed over as they are, so that their layout arrives.
        """
        session = self.subject.open()
        session.place(values)
        outputs = copies(session.forward(values))
        return outputs, taken(session.backward(cotangents))

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

    def name(self, position: int) -> str:
        """The leaf's name."""
        return self.subject.leaves[position].name

    def names(self, positions: Iterable[int]) -> str:
        """The leaves' names, as in a sentence."""
        *others, last = [self.name(position) for position in positions]
        return f"{', '.join(others)} and {last}" if others else last

    def differing(
        self,
        claims: Claims,
        expected: Claims | None = None,
        factor: float = 1.0,
        among: Collection[int] | None = None,
    ) -> tuple[int, ...]:
        """Where claims are not what was expected, beyond rounding.

        Args:
            claims: Those of some other call.
            expected: Those of the plain call, if nothing else is said.
            factor: How many times these.
            among: Which positions; all whose plain gradient can be compared, if none is named.
        """
        theirs = self.call.gradients if expected is None else expected
        return tuple(
            p
            for p in self.gradients
            if (among is None or p in among) and self._differs(p, claims[p], theirs[p], factor)
        )

    def _differs(self, position: int, claim: object, expected: object, factor: float) -> bool:
        if not (isinstance(claim, Tensor) and isinstance(expected, Tensor)):
            return claim is not expected
        if factor == 1 and torch.equal(claim, expected):  # nearly always so
            return False
        shape = self.values[position].shape
        if claim.numel() != shape.numel() or expected.numel() != shape.numel():
            return True
        ours, theirs = claim.reshape(shape) / factor, expected.reshape(shape)
        # As often, and then the size of what cancels is of no interest.
        if torch.equal(ours, theirs) or _agree(compare("", ours, theirs, natural=0.0)):
            return False
        natural = natural_size(self.probe, self.probe.draws[0], position)
        said = compare("", ours, theirs, natural)
        if said.opinion != Opinion.DIFFERS or self._is_rounding(position, ours, theirs):
            return False
        return not (said.error or 0.0) <= self._allowed(position)  # NaN differs too

    def is_another_output(self, outputs: Outputs, expected: Outputs) -> bool:
        """Whether outputs are not what was expected, beyond rounding."""
        if identical(outputs, expected):
            return False
        if [y.shape for y in outputs] != [y.shape for y in expected]:
            return True
        error = apart(outputs, expected)
        if error <= TOLERANCE:
            return False
        noise = max(self._noise.outputs, self.forward_noise)
        return not error <= max(self._tolerance, self._safety * noise)

    def _allowed(self, position: int) -> float:
        """How far two right gradients may be apart here, relative to their largest element."""
        if position not in self.verified:
            return max(_COARSE, self._tolerance)
        noise = max(self._noise.claims.get(position, 0.0), self.forward_noise, self.backward_noise)
        return max(self._tolerance, self._safety * noise)

    def _is_rounding(self, position: int, ours: Tensor, theirs: Tensor) -> bool:
        """Whether it is what cancels, or saturates, in a forward that computes in less.

        A gradient that is nothing but that, or differences of that size.  In float64 they are too
        small to matter here.
        """
        if not self._is_low:
            return False
        products = zip(self.cotangents, self.probe.outputs, strict=True)
        weighted = max(largest((u * y).double()) for u, y in products)
        ours, theirs = ours.double(), theirs.double()
        natural = weighted / scale_of(self.values[position])
        if max(largest(ours), largest(theirs)) <= self._tolerance * natural:
            return True
        saturated = min(self._unsaturated.get(position, 0.0), weighted)
        terms = max(largest(self.gradients[position].double()), saturated)
        return largest(ours - theirs) <= self._tolerance * terms

    @cached_property
    def _unsaturated(self) -> dict[int, float]:
        """How large the claims are where no leaf is larger than one."""
        values = tuple(value / max(scale_of(value), 1.0) for value in self.values)
        _, claims = self.run(values, copies(self.cotangents))
        return {p: largest(c.double()) for p, c in enumerate(claims) if isinstance(c, Tensor)}

    @cached_property
    def dtype(self) -> torch.dtype:
        """What the forward computes in; costs some forwards, so asked only where two differ.

        Where it saturates it answers to nothing, and its gradients, if they are right, tell.
        """
        dtype = working_dtype(self.probe)
        claims = [draw.claims[p] for draw in self.probe.draws for p in sorted(self.verified)]
        right = [claim for claim in claims if isinstance(claim, Tensor)]
        if dtype != torch.float64 or not right:
            return dtype
        told = by_digits(right)
        outputs_fit = told and all(is_representable(y, told) for y in self.probe.outputs)
        return told if told and outputs_fit else dtype

    @property
    def _is_low(self) -> bool:
        return self.dtype != torch.float64

    @property
    def _tolerance(self) -> float:
        return GENEROUS * torch.finfo(self.dtype).eps if self._is_low else TOLERANCE

    @property
    def _safety(self) -> float:
        return GENEROUS if self._is_low else SAFETY

    @cached_property
    def _noise(self) -> _Noise:
        """What the last bits of all values move, asked only where two differ."""
        draws = generator(self.probe.draws[0].seed, 2)
        size = _LAST_BITS * torch.finfo(self.dtype).eps

        def shaken(tensors: Values) -> Values:
            return tuple(t * (1 + size * normal(tuple(t.shape), draws).to(t)) for t in tensors)

        outputs, claims = self.run(shaken(self.values), shaken(self.cotangents))
        pairs = {p: (was, claims[p]) for p, was in self.gradients.items()}
        return _Noise(
            apart(outputs, self.call.outputs),
            {
                p: compare("", now.reshape(was.shape), was, natural=0.0).error or 0.0
                for p, (was, now) in pairs.items()
                if isinstance(now, Tensor) and now.numel() == was.numel()
            },
        )

    @cached_property
    def elsewhere(self) -> tuple[Values, Outputs, Claims] | None:
        """The same weights at other inputs: values, outputs, claims; None if there are no such.

        The inputs are turned round, so that masks and signs differ, and shrunk, so that a batch
        of one differs.  Where the forward refuses that, they are shrunk alone.
        """
        for turned in (True, False):
            values = self._moved_inputs(turned=turned)
            try:
                outputs, claims = self.run(copies(values), copies(self.cotangents))
            except ExerciseError:
                continue
            if all(bool(torch.isfinite(y).all()) for y in outputs):
                return values, outputs, claims
        return None

    def _moved_inputs(self, *, turned: bool) -> Values:
        return tuple(
            value
            if leaf.role == Role.PARAMETER
            else EARLIER * (value.flip(tuple(range(value.dim()))) if turned else value)
            for leaf, value in zip(self.subject.leaves, self.values, strict=True)
        )


def is_gradient(claim: object, value: Tensor) -> bool:
    """Whether a claim has as many elements as its leaf, all finite."""
    return (
        isinstance(claim, Tensor)
        and claim.numel() == value.numel()
        and bool(torch.isfinite(claim).all())
    )


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
    if torch.equal(one, two) or torch.allclose(one, two, rtol=0, atol=0, equal_nan=True):
        return 0.0
    difference = float((one - two).abs().max())
    size = float(torch.maximum(one.abs(), two.abs()).max())
    return difference / size if math.isfinite(difference) else math.inf


def changed_positions(before: Values, after: Values) -> tuple[int, ...]:
    """Where a tensor is not what it was, to the bit."""
    return tuple(
        position
        for position, (was, now) in enumerate(zip(before, after, strict=True))
        if not torch.equal(was, now)
    )


def _agree(comparison: Comparison) -> bool:
    return comparison.opinion == Opinion.AGREES

"""What tells two gradients, or two outputs, of one probe apart.

A contract never asks whether a gradient is right, the witnesses do: it compares the author's own
claims under two circumstances that should make no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.cases.point import generator, normal
from gradcheck.cases.precision import by_digits, is_representable, working_dtype
from gradcheck.chunks import chunks
from gradcheck.comparison import Opinion
from gradcheck.contracts.calls import Calls, apart
from gradcheck.grid import scale_of
from gradcheck.norms import largest
from gradcheck.subject import Claims, Outputs, Values, identical
from gradcheck.witnesses.dust import is_dust_alone, natural_size
from gradcheck.witnesses.exact import STRUCTURAL_ZERO, TOLERANCE, compare
from gradcheck.witnesses.staircase import GENEROUS

# What the last bits of the values do to a gradient, another order of summing may do as well.
SAFETY = 64
_LAST_BITS = 2
# Where terms cancel, a gradient often stands still by chance.
_SHAKES = 8
# Where the gradient itself is not verified, only what no rounding explains is told.
_COARSE = 1e-3


@dataclass(frozen=True)
class _Noise:
    """How far the last bits move the outputs and, by position, the claims, relative to these."""

    outputs: float
    claims: Mapping[int, float]


@dataclass(frozen=True)
class Trial(Calls):
    """The calls, and how far apart what comes of them may be."""

    def present(self, claims: Claims) -> Claims:
        """The claims, with zeros where there is none: torch takes them so."""
        pairs = zip(claims, self.values, strict=True)
        return tuple(torch.zeros_like(value) if claim is None else claim for claim, value in pairs)

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
        ours, theirs = claim.reshape(shape), expected.reshape(shape)
        # As often, and then the size of what cancels is of no interest.
        if _is_multiple(ours, theirs, factor):
            return False
        ours = ours / factor if factor != 1 else ours
        natural = natural_size(self.probe, self.probe.draws[0], position)
        said = compare("", ours, theirs, natural)
        if said.opinion != Opinion.DIFFERS or self._is_rounding(position, ours, theirs):
            return False
        is_small = (said.error or 0.0) <= self._allowed(position)  # NaN is not
        return not (is_small or is_dust_alone(self.probe, position))

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
        """Whether it is what is left where terms cancel, or where an output saturates.

        A gradient that is nothing but that, or differences of that size.
        """
        allowed = self._tolerance if self._is_low else STRUCTURAL_ZERO
        products = zip(self.cotangents, self.probe.outputs, strict=True)
        weighted = max(largest((u * y).double()) for u, y in products)
        ours, theirs = ours.double(), theirs.double()
        natural = weighted / scale_of(self.values[position])
        if max(largest(ours), largest(theirs)) <= allowed * natural:
            return True
        saturated = min(self._unsaturated.get(position, 0.0), weighted)
        terms = max(largest(self.gradients[position].double()), saturated)
        return largest(ours - theirs) <= allowed * terms

    @cached_property
    def _unsaturated(self) -> dict[int, float]:
        """How large the claims are where no leaf is larger than one."""
        values = tuple(value / max(scale_of(value), 1.0) for value in self.values)
        _, claims = self.run(values, self.cotangents)
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

        outputs, of_claims = 0.0, dict.fromkeys(self.gradients, 0.0)
        for _ in range(_SHAKES):
            there, claims = self.run(shaken(self.values), shaken(self.cotangents))
            outputs = max(outputs, apart(there, self.call.outputs))
            for p, was in self.gradients.items():
                of_claims[p] = max(of_claims[p], _moved(claims[p], was))
        return _Noise(outputs, of_claims)


def _moved(claim: object, was: Tensor) -> float:
    """How far one claim is from what it was; 0 for what cannot be compared."""
    if not isinstance(claim, Tensor) or claim.numel() != was.numel():
        return 0.0
    return compare("", claim.reshape(was.shape), was, natural=0.0).error or 0.0


def _is_multiple(claim: Tensor, expected: Tensor, factor: float) -> bool:
    """Whether a claim is so many times what was expected, but for rounding."""
    size = max(largest(claim) / abs(factor), largest(expected))
    for part, whole in chunks(claim, expected):
        once = part.double() / factor
        if not (torch.equal(once, whole) or largest(once - whole) <= TOLERANCE * size):
            return False  # so is NaN
    return True

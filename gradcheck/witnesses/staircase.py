"""Comparing with a gradient where the author's forward computes in a lower dtype inside.

There the code cannot be asked in float64, and two right gradients differ by rounding.  How much is
measured, not set: the witness's own gradient is asked again with values and cotangents moved by an
ulp of the dtype, and differences up to ``GENEROUS`` times that change agree.  Of 290 leaves of
right code, half differ by nothing, 99 % by less than 4 times, the worst by 11 (logsumexp at 118).
As in :mod:`gradcheck.witnesses.precision`, an ulp of the output is no error either.

Element by element that is 1e-5 in float32, but 10 % in bfloat16, where a wrong factor would hide.
Over many elements rounding averages out: the slope of the claims on the truth is told to a small
part of an ulp.  It may be off by what two rounded constants can do, and by six of its standard
errors; what is beyond is a wrong formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from gradcheck.cases.point import generator
from gradcheck.cases.precision import by_digits, is_representable, stored_dtype, working_dtype
from gradcheck.cases.probe import Draw, Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.errors import ExerciseError
from gradcheck.grid import scale_of
from gradcheck.norms import largest
from gradcheck.subject import Outputs, Values
from gradcheck.witnesses.exact import absent
from gradcheck.witnesses.slope import Gradients, double, nearby, slope_of

GENEROUS = 16
# Right code has come to 11; between that and this factor more, nothing is decided.
CLEARLY = 4
NUDGES = 3
# From here on the slope is needed: in float32 the elements tell a tenth of a per mille.
COARSE_EPSILON = 1e-4
# A right backward may round one constant of its own, and torch another: each by half an ε.
SLOPE_EPSILONS = 0.75
STANDARD_ERRORS = 6
_DUST = 1e-4
_SATURATED = 1 / 8


@dataclass(frozen=True)
class _Difference:
    """How far a claim is from the truth, and how far it may be, relative to the largest element."""

    error: float
    tolerance: float


def settle(
    witness: str, probe: Probe, found: dict[int, Comparison], gradients: Gradients
) -> dict[int, Comparison]:
    """What was found in float64, or what is found at the precision that the forward has."""
    unsettled = [p for p, one in found.items() if one.opinion in (Opinion.AGREES, Opinion.DIFFERS)]
    if not unsettled or not _is_suspect(probe, found.values()):
        return found
    try:
        dtype = _dtype_of_gradients(probe, unsettled, gradients) or working_dtype(probe)
    except ExerciseError:
        return found
    if dtype == torch.float64:
        return found
    trial = _Trial(witness, probe, dtype, gradients)
    try:
        return found | {position: trial.compare(position) for position in unsettled}
    except ExerciseError:  # the forward refuses a point nearby
        return found


def settle_forward(
    probe: Probe, found: Comparison, theirs: Callable[[Values], Outputs]
) -> Comparison:
    """What was found of the outputs in float64, or at the precision that the forward has."""
    if found.opinion != Opinion.DIFFERS or found.note:
        return found
    dtype = working_dtype(probe)
    if dtype == torch.float64:
        return found
    epsilon = torch.finfo(dtype).eps
    with torch.no_grad():
        truth = theirs(probe.values)
        moved = theirs(_moved(probe.values, epsilon, generator(probe.draws[0].seed, 19)))
    size = max(largest(double(y)) for y in truth)
    change = max(largest(double(y - z)) for y, z in zip(truth, moved, strict=True))
    allowed = GENEROUS * max(change, epsilon * size)
    pairs = zip(probe.outputs, truth, strict=True)
    error = max(largest(double(y) - double(z)) for y, z in pairs)
    return replace(
        found,
        opinion=Opinion.AGREES if error <= allowed else Opinion.DIFFERS,
        error=error / size if size else error,
        resolution=allowed / size if size else allowed,
        precision=str(dtype).removeprefix("torch."),
    )


def overruled(said: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """The witnesses' words on one leaf, without finite differences that do not see the staircase.

    They keep their doubts where they measure what is claimed, with a bar that would have shown
    autograd's difference: then autograd may not see part of the forward.
    """
    numeric, autograd = said.get("numeric"), said.get("autograd")
    if numeric is None or autograd is None or not autograd.precision or numeric.precision:
        return dict(said)
    if autograd.opinion == Opinion.DIFFERS and (
        numeric.opinion == Opinion.DIFFERS or _supports_claim(numeric, autograd.error or 0.0)
    ):
        return dict(said)
    note = f"a staircase in {autograd.precision}, too coarse for finite differences"
    return {**said, "numeric": Comparison("numeric", Opinion.ABSENT, note=note)}


def _supports_claim(numeric: Comparison, error: float) -> bool:
    return bool(numeric.projections) and all(
        abs(p.claimed - p.measured) + p.bar < error * abs(p.measured) / 4
        for p in numeric.projections
    )


def _dtype_of_gradients(
    probe: Probe, positions: Sequence[int], gradients: Gradients
) -> torch.dtype | None:
    """Autograd takes the casts of the forward back: its gradients are numbers of that dtype, too.

    Dust is not asked: what is left where terms cancel has few digits in any dtype.
    """
    found = []
    for draw in probe.draws:
        there = gradients(probe.values, draw.cotangents)
        found += [
            there[position]
            for position in positions
            if largest(double(there[position])) > _DUST * _unscaled(probe, draw, position)
        ]
    return by_digits(found) if found else None


def _natural(probe: Probe, draw: Draw, position: int) -> float:
    """Cotangent times output over leaf: the size of terms that cancel where a gradient is zero."""
    return _weighted(probe, draw) / scale_of(probe.values[position])


def _unscaled(probe: Probe, draw: Draw, position: int) -> float:
    """The same, where leaves below one are no reason to expect a larger gradient."""
    return _weighted(probe, draw) / max(scale_of(probe.values[position]), 1.0)


def _weighted(probe: Probe, draw: Draw) -> float:
    products = zip(draw.cotangents, probe.outputs, strict=True)
    return max(largest(double(u) * double(y)) for u, y in products)


def _is_suspect(probe: Probe, found: Iterable[Comparison]) -> bool:
    """Whether the forward may compute in a lower dtype: it returns one, or something differs."""
    return (
        stored_dtype(probe) != torch.float64
        or any(comparison.opinion == Opinion.DIFFERS for comparison in found)
        or all(is_representable(y, torch.float32) for y in probe.outputs)
    )


@dataclass(frozen=True)
class _Trial:
    """One witness and one probe, at the precision that the forward has."""

    witness: str
    probe: Probe
    dtype: torch.dtype
    gradients: Gradients

    def compare(self, position: int) -> Comparison:
        """Element by element, and in a coarse dtype by the slope, too."""
        name = str(self.dtype).removeprefix("torch.")
        differences = [self._difference(draw, position) for draw in self.probe.draws]
        worst = max(differences, key=lambda d: d.error)
        if not math.isfinite(worst.error):
            return absent(self.witness, f"torch's own gradient in {name} holds NaN or infinity")
        tolerance = max(GENEROUS * self.epsilon, *(d.tolerance for d in differences))
        excess = max(d.error / d.tolerance if d.tolerance else 0.0 for d in differences)
        comparison = Comparison(
            self.witness,
            _opinion(excess),
            error=worst.error,
            resolution=tolerance,
            note=f"computed in {name} inside: resolved to {tolerance:.0e}",
            precision=name,
        )
        if comparison.opinion == Opinion.DIFFERS:
            explained = f"of which rounding in {name} explains {tolerance:.0e}"
            note = f"the claim differs from {self.whose} by {worst.error:.0e}, {explained}"
            comparison = replace(comparison, note=note)
        if tolerance >= 1:
            why = f"computed in {name} inside, whose rounding is as large as the gradient"
            return replace(comparison, opinion=Opinion.COARSE, note=why)
        if comparison.opinion != Opinion.DIFFERS and self.epsilon > COARSE_EPSILON:
            return self._with_slope(comparison, position)
        return comparison

    @property
    def whose(self) -> str:
        """The witness's gradient, in words."""
        return "autograd's" if self.witness == "autograd" else "torch's"

    @property
    def epsilon(self) -> float:
        """The relative spacing of numbers in the forward's dtype."""
        return torch.finfo(self.dtype).eps

    def _difference(self, draw: Draw, position: int) -> _Difference:
        claim, truth = (
            double(draw.claims[position]),
            double(self.gradients(self.probe.values, draw.cotangents)[position]),
        )
        size, error = max(largest(truth), largest(claim)), largest(claim - truth)
        allowed = GENEROUS * max(self._change(draw, position, truth), self.epsilon * size)
        if error > allowed:
            allowed = max(allowed, GENEROUS * self.epsilon * self._excuse(draw, position))
        relative = 1 / size if size > 0 else 1.0
        return _Difference(error * relative, allowed * relative)

    def _change(self, draw: Draw, position: int, truth: Tensor) -> float:
        """How much the witness's own gradient changes by an ulp."""
        changes = []
        for number in range(NUDGES):
            signs = generator(draw.seed, 13, number)
            values = _moved(self.probe.values, self.epsilon, signs)
            u = _moved(draw.cotangents, self.epsilon, signs)
            changes.append(largest(double(self.gradients(values, u)[position]) - truth))
        return max(change for change in (*changes, 0.0) if math.isfinite(change))

    def _excuse(self, draw: Draw, position: int) -> float:
        """What cancels, or saturates: the gradient there is formed from an output near one."""
        saturated = min(self._unsaturated(draw, position), _weighted(self.probe, draw))
        return max(saturated, _natural(self.probe, draw, position))

    def _unsaturated(self, draw: Draw, position: int) -> float:
        """The size of the gradient where no leaf is larger than one."""
        values = tuple(value / max(scale_of(value), 1.0) for value in self.probe.values)
        return largest(double(self.gradients(values, draw.cotangents)[position]))

    def _with_slope(self, comparison: Comparison, position: int) -> Comparison:
        pairs = nearby(self.probe, position, self.gradients, self._floor(position))
        deviation, bar = slope_of(list(pairs))
        allowed = SLOPE_EPSILONS * self.epsilon + STANDARD_ERRORS * bar
        if not math.isfinite(bar):
            return comparison
        if abs(deviation) > allowed:
            note = f"over all elements the claim is {1 + deviation:.4g} times {self.whose}"
            return replace(
                comparison,
                opinion=Opinion.DIFFERS,
                error=abs(deviation),
                note=f"{note}, computed in {comparison.precision} inside",
            )
        return replace(comparison, note=f"{comparison.note}, a common factor to {allowed:.0e}")

    def _floor(self, position: int) -> float:
        """How large a gradient must be to say anything of the slope.

        What is smaller is rounding alone, as where a sum cancels; or it is formed from outputs near
        one, and 1 - y² in two steps is not what it is in one: a bias, not a scatter.
        """
        first = self.probe.draws[0]
        cancelled = self.epsilon * _unscaled(self.probe, first, position)
        return max(cancelled, _SATURATED * self._unsaturated(first, position))


def _opinion(excess: float) -> Opinion:
    """Of an error in units of what is allowed."""
    if excess <= 1:
        return Opinion.AGREES
    return Opinion.COARSE if excess <= CLEARLY else Opinion.DIFFERS


def _moved(tensors: Values, size: float, signs: torch.Generator) -> Values:
    return tuple(
        t * (1 + size * torch.randn(t.shape, generator=signs, device="cpu").sign().to(t))
        for t in tensors
    )

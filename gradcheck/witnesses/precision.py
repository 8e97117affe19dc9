"""Rounding: the author's own code in a lower dtype, with torch in that dtype for a yardstick.

The formula is judged in float64.  Here the same code runs in float32, float16 or bfloat16, at
values and a cotangent rounded to that dtype.  What it claims in float64 at those very values is
the truth.  How far off the lower dtype may be nobody can say in general, so the unit is

    the error of torch autograd through the author's own forward in that dtype,
    or that of torch's counterpart, if larger; at least two ulps of the largest element.

Up to ``GENEROUS`` units the rounding is reasonable.  What is beyond is given the benefit of three
doubts, each a size that one ulp explains: how much the gradient changes when values and cotangent
move by one (sums that cancel); one of the output over the size of the leaf (gradients that are
zero by structure); one of the gradient where all leaves are of size one (a saturated softmax forms
its gradient from an output that has no digits left).  What remains is refuted where it is certain:
``HOPELESS`` units, or half of the gradient (in bfloat16 a hundred units are more than all of it),
or NaN where torch has none; between the two it is undecided.

Calibrated on 11,000 draws of 45 right operators (softmax, layer norm, GELU, cosine, losses, matrix
products, networks; 1 to 300 rows, scales 1e-3 to 1e3): in float32 and bfloat16 all are verified,
99 % of them below 2 units, the worst at 8.8.  In float16 one in 130 is not: without exception an
intermediate result (a square, a cube) has left its range, 6e-8 to 65504: a true finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.graph import as_leaves
from gradcheck.cases.point import cotangents, generator, normal
from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.errors import ExerciseError
from gradcheck.foreign.defaults import lowered_to
from gradcheck.grid import scale_of
from gradcheck.norms import distance, is_finite, largest
from gradcheck.subject import Claims, Outputs, Subject, Values, answered, vjp
from gradcheck.witnesses.autograd import gradients_of
from gradcheck.witnesses.counterpart import NoCounterpart
from gradcheck.witnesses.reference import call_counterpart

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}

FEWEST_ULPS = 2
GENEROUS = 16
HOPELESS = 100
# So many random signs leave no sum of a few terms unmoved.
NUDGES = 4
TORCHS = "torch's own"
EXCUSED = "what one ulp of inputs or output explains"
_STREAM = 7  # of random numbers, apart from those of the cotangents


def dtype_of(inputs: Sequence[Any]) -> str:
    """The name of the dtype of the first floating-point input; empty if there is none.

    >>> dtype_of([torch.arange(3), torch.ones(2, dtype=torch.bfloat16)])
    'bfloat16'
    """
    for value in inputs:
        if isinstance(value, Tensor) and value.is_floating_point():
            return str(value.dtype).removeprefix("torch.")
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return str(value.dtype)
    return ""


def examine(
    probe: Probe, positions: tuple[int, ...], dtype: str, reference: str | None
) -> dict[int, Comparison]:
    """Compare the claims in the lower dtype with those in float64, in units of torch's error.

    Args:
        probe: The point to round, and the subject in float64, whose formula is right.
        positions: The leaves to compare.
        dtype: One of ``DTYPES``.
        reference: Torch's counterpart, None where it is not to be asked.

    Raises:
        ExerciseError: If the author's code cannot be run in this dtype at this point.
    """
    if dtype == "bfloat16" and any(isinstance(x, np.ndarray) for x in probe.subject.inputs):
        raise ExerciseError("NumPy has no bfloat16")
    with np.errstate(all="ignore"):
        trial = _Trial.of(probe, DTYPES[dtype], reference)
        return {
            position: _judge(trial, position, dtype)
            for position in positions
            if _is_comparable(trial, position)
        }


@dataclass(frozen=True)
class _Trial:
    """One backward in the lower dtype, and what is needed to judge it.

    Attributes:
        probe: The point in float64.
        low: The same target in the lower dtype.
        reference: Torch's counterpart, None where it is not to be asked.
        values: The leaves, rounded.
        cotangents: One for each output, rounded.
        outputs: What the forward returns in the lower dtype.
        claims: What the backward claims in the lower dtype.
        truth: What it claims in float64, at the same numbers.
        autograd: Torch's gradients through the author's forward in the lower dtype, or nothing.
    """

    probe: Probe
    low: Subject
    reference: str | None
    values: Values
    cotangents: Outputs
    outputs: Outputs
    claims: Claims
    truth: Claims
    autograd: tuple[Tensor, ...]

    @classmethod
    def of(cls, probe: Probe, dtype: torch.dtype, reference: str | None) -> _Trial:
        subject, draw = probe.subject, probe.draws[0]
        if subject.again is None:
            raise ExerciseError(f"{subject.name} cannot be made again in another dtype")
        values = tuple(value.to(dtype) for value in probe.values)
        if not all(is_finite(value) for value in values):
            raise ExerciseError("the inputs or weights are beyond its range")
        with torch.no_grad(), lowered_to(dtype):
            low = subject.again(subject.inputs, dtype)
            outputs = low.forward(values)
            u = cotangents(outputs, generator(draw.seed, _STREAM), free=low.free_cotangent)
            claims = vjp(low, values, u)
        with torch.no_grad():
            truth = answered(subject, _doubled(values), _doubled(u))
        with lowered_to(dtype):
            autograd = _or_nothing(low.forward, values, u)
        return cls(probe, low, reference, values, u, outputs, claims, truth, autograd)

    def counterpart(self) -> tuple[Tensor, ...]:
        """The gradients of torch's counterpart in the lower dtype, or nothing."""
        name = self.reference
        if name is None:
            return ()

        def forward(leaves: Values) -> Outputs:
            outputs = call_counterpart(self.low, leaves, name)
            if [y.shape for y in outputs] != [y.shape for y in self.outputs]:
                raise NoCounterpart("its output has another shape")
            return outputs

        return _or_nothing(forward, self.values, self.cotangents)

    def nudged(self, number: int) -> Claims:
        """The truth where every value and cotangent is moved by an ulp, up or down."""
        signs = generator(self.probe.draws[0].seed, _STREAM, number)

        def moved(tensors: Values) -> Values:
            return tuple(
                t.double() * (1 + torch.finfo(t.dtype).eps * (normal(t.shape, signs).sign().to(t)))
                for t in tensors
            )

        with torch.no_grad():
            return vjp(self.probe.subject, moved(self.values), moved(self.cotangents))

    def at_size_one(self) -> Claims:
        """The truth where no leaf is larger than one."""
        values = tuple(v.double() / max(scale_of(v.double()), 1.0) for v in self.values)
        with torch.no_grad():
            return vjp(self.probe.subject, values, _doubled(self.cotangents))

    def largest_output(self) -> float:
        """The largest element of cotangent times output."""
        products = zip(self.cotangents, self.outputs, strict=True)
        return max(largest(u.double() * y.detach().double()) for u, y in products)


def _judge(trial: _Trial, position: int, dtype: str) -> Comparison:
    """In the unit of torch's autograd as a rule; only what is beyond it is looked at closely."""
    claim, truth = _numbers(trial.claims[position]), _numbers(trial.truth[position])
    size, error = largest(truth), distance(claim, truth)
    unit = _unit(trial, position, trial.autograd[position : position + 1])
    if error <= GENEROUS * unit:
        return _comparison(dtype, Opinion.AGREES, (error, unit, size))
    torchs = [grads[position] for grads in (trial.autograd, trial.counterpart()) if grads]
    unit = _unit(trial, position, torchs)
    if not math.isfinite(error):
        return _nonfinite(dtype, torchs)
    if error <= GENEROUS * unit:
        return _comparison(dtype, Opinion.AGREES, (error, unit, size))
    natural = _finite(trial.largest_output()) / scale_of(trial.probe.values[position])
    excuse = max(_excuse(trial, position, natural), unit)
    if error <= GENEROUS * excuse:
        return _comparison(dtype, Opinion.AGREES, (error, excuse, size), EXCUSED)
    if error > HOPELESS * excuse or error > max(size, natural) / 2:
        opinion, addition = Opinion.DIFFERS, f", and {_relative(error, size):.0e} of the gradient"
    else:
        opinion, addition = Opinion.COARSE, ": more than is usual, less than is certainly wrong"
    return _comparison(dtype, opinion, (error, unit, size), TORCHS + addition)


def _unit(trial: _Trial, position: int, torchs: Sequence[Tensor]) -> float:
    truth = _numbers(trial.truth[position])
    errors = [distance(gradient.detach(), truth) for gradient in torchs]
    limits = torch.finfo(trial.values[position].dtype)
    ulp = max(limits.eps * largest(truth), limits.eps * limits.smallest_normal)
    return max([FEWEST_ULPS * ulp, *(error for error in errors if math.isfinite(error))])


def _excuse(trial: _Trial, position: int, natural: float) -> float:
    """What one ulp changes: of the leaves and cotangents, of the output, of what saturates."""
    eps = torch.finfo(trial.values[position].dtype).eps
    truth = _numbers(trial.truth[position])
    changes = [
        distance(_numbers(trial.nudged(number)[position]), truth) for number in range(NUDGES)
    ]
    saturated = min(
        _finite(trial.largest_output()), _finite(largest(_numbers(trial.at_size_one()[position])))
    )
    return max(*map(_finite, changes), eps * natural, eps * saturated)


def _nonfinite(dtype: str, torchs: Sequence[Tensor]) -> Comparison:
    """NaN or infinity, where float64 has neither: held against nobody if torch has it too."""
    if any(is_finite(gradient) for gradient in torchs):
        note = f"in {dtype} the gradient holds NaN or infinity, torch's own does not"
        return Comparison(_name(dtype), Opinion.DIFFERS, error=math.inf, note=note)
    note = f"in {dtype} the gradient holds NaN or infinity, for torch as well"
    return Comparison(_name(dtype), Opinion.ABSENT, note=note)


def _comparison(
    dtype: str, opinion: Opinion, sizes: tuple[float, float, float], words: str = TORCHS
) -> Comparison:
    """What is found, from the error, torch's own, and the largest element of the gradient."""
    error, unit, size = sizes
    return Comparison(
        _name(dtype),
        opinion,
        error=_relative(error, size),
        resolution=_relative(GENEROUS * unit, size),
        yardstick=_relative(unit, size),
        note=f"in {dtype} the error is {error / unit:.2g} times {words}",
    )


def _is_comparable(trial: _Trial, position: int) -> bool:
    """Whether both claims are gradients by their form, and the true one is a number."""
    pair = (trial.claims[position], trial.truth[position])
    shape = trial.values[position].shape
    if not all(isinstance(claim, Tensor) and claim.shape == shape for claim in pair):
        return False
    return is_finite(_numbers(trial.truth[position]))


def _or_nothing(
    forward: Callable[[Values], Outputs], values: Values, u: Outputs
) -> tuple[Tensor, ...]:
    """Torch's gradients; nothing where torch cannot differentiate this."""
    with torch.enable_grad():
        leaves = as_leaves(values)
        try:
            outputs = forward(leaves)
            if not any(output.requires_grad for output in outputs):
                return ()
            return gradients_of(outputs, leaves, u)
        except (ExerciseError, NoCounterpart, RuntimeError):
            return ()


def _finite(number: float) -> float:
    return number if math.isfinite(number) else 0.0


def _numbers(claim: Tensor | None) -> Tensor:
    return torch.zeros(0, device="cpu") if claim is None else claim.detach()


def _doubled(tensors: Values) -> Values:
    return tuple(tensor.double() for tensor in tensors)


def _relative(error: float, size: float) -> float:
    return error / size if size > 0 else error


def _name(dtype: str) -> str:
    return f"torch in {dtype}"

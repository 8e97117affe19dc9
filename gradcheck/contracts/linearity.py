"""A backward is a linear function of the cotangent, whatever the forward is."""

from __future__ import annotations

import math

from torch import Tensor

from gradcheck.contracts.answer import Answer, Broken, Kept, Waived
from gradcheck.contracts.trial import Trial
from gradcheck.subject import Claims, Outputs, copies

CAUSE = "nonlinear_cotangent"
# Powers of two, so that scaling rounds nothing: some 1e12 and 1e-12.
HUGE, TINY = 2.0**40, 2.0**-40
# Products of three numbers below this, scaled, are still numbers in float64.
_LARGEST, _SMALLEST = 2.0**200, 2.0**-200


def examine(trial: Trial) -> Answer:
    """Ask for zero, for the negative, for huge and tiny multiples, and for a sum."""
    if not trial.subject.free_cotangent:
        return Waived("the backward takes no cotangent")
    zero = _claims(trial, 0.0)
    if positions := tuple(p for p in trial.gradients if _is_not_zero(zero[p])):
        return _broken(trial, positions, "is not zero for a grad_output of zeros")
    for factor, words in _factors(trial).items():
        if positions := trial.differing(_claims(trial, factor), factor=factor):
            return _broken(trial, positions, words)
    if positions := _not_additive(trial):
        return _broken(trial, positions, "for a sum of two grad_outputs is not the sum of both")
    return Kept()


def _factors(trial: Trial) -> dict[float, str]:
    words = {-1.0: "does not change its sign with grad_output (an absolute value, a square?)"}
    if _is_moderate(trial):
        words[HUGE] = "does not grow with grad_output, times 1e12 (clipped?)"
        words[TINY] = "does not shrink with grad_output, times 1e-12 (a threshold, an epsilon?)"
    return words


def _not_additive(trial: Trial) -> tuple[int, ...]:
    ours, others = trial.cotangents, trial.other_cotangents
    _, second = trial.run(copies(trial.values), copies(others))
    _, both = trial.run(
        copies(trial.values), tuple(u + v for u, v in zip(ours, others, strict=True))
    )
    total = tuple(
        a + b if isinstance(a, Tensor) and isinstance(b, Tensor) else None
        for a, b in zip(trial.call.gradients, second, strict=True)
    )
    return trial.differing(both, total)


def _claims(trial: Trial, factor: float) -> Claims:
    scaled: Outputs = tuple(factor * u for u in trial.cotangents)
    return trial.run(copies(trial.values), scaled)[1]


def _is_not_zero(claim: object) -> bool:
    return not isinstance(claim, Tensor) or bool((claim != 0).any())


def _is_moderate(trial: Trial) -> bool:
    """Whether a factor of 1e12 leaves all numbers far from overflow and from the subnormals."""
    gradients = [g for g in trial.call.gradients if isinstance(g, Tensor)]
    tensors = (*trial.values, *trial.probe.outputs, *trial.cotangents, *gradients)
    largest = [float(t.abs().max()) for t in tensors if t.numel()]
    return all(size == 0 or _SMALLEST < size < _LARGEST for size in largest if math.isfinite(size))


def _broken(trial: Trial, positions: tuple[int, ...], words: str) -> Broken:
    leaf = trial.name(positions[0]) if len(positions) == 1 else None
    return Broken(CAUSE, f"the gradient of {trial.names(positions)} {words}", leaf)

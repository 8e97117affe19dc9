"""slice, branch: the gradient is right but for some places, or for some values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.constants import ratio
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.patterns import EVERYTHING, describe, pattern_of
from gradcheck.diagnosis.projected import times
from gradcheck.diagnosis.suspect import Sample, Suspect

# Wrong places without a pattern are told one by one if they are one in so many.
_FEW = 10
# So many on either side of a bound are parted by no accident.
_MANY = 5
_DIGITS = 4
_BOUNDS = (1.0, 2.0, 3.0, 6.0, 0.5)


def by_value(suspect: Suspect) -> Iterator[Explanation]:
    """Wrong exactly where a condition on the values holds."""
    looked_at = suspect.wrong
    if not looked_at:
        return
    weak = not all(_some_right(suspect, sample) for sample in looked_at)
    conditions = [conditions_of(suspect, sample) for sample in looked_at]
    for name, masks in _separated(suspect).items():
        for found, mask in zip(conditions, masks, strict=True):
            found.setdefault(name, mask)
    for name in conditions[0]:
        masks = [found[name] for found in conditions]
        if not all(_just_there(suspect, s, m) for s, m in zip(looked_at, masks, strict=True)):
            continue
        of_cotangent = name.startswith("grad_output")
        yield Explanation(
            "nonlinear_cotangent" if of_cotangent else "branch",
            "nonlinear" if of_cotangent else name,
            f"the claimed gradient is wrong exactly where {name}{_there(suspect, masks)}"
            f"{_outside(suspect, masks, name)}",
            weak=weak,
        )


def _outside(suspect: Suspect, masks: list[Tensor], name: str) -> str:
    """What to do where the forward clamps its input, and the backward knows nothing of that.

    That is a mistake, or is meant for what no input should be: who meant it can say so.
    """
    flat = all(
        not bool(sample.truth[mask].any())
        for sample, mask in zip(suspect.wrong, masks, strict=True)
    )
    clamped = flat and any(f"{leaf.name} is" in name for leaf in suspect.subject.leaves)
    clamped |= flat and any(name.startswith(f"|{x.name}|") for x in suspect.subject.leaves)
    if not clamped or not name[-1].isdigit():
        return ""
    return " (a clamp?), and right at all others: if only these are meant, check it at those alone"


def inverted(suspect: Suspect) -> Iterator[Explanation]:
    """What should pass is stopped, and what should be stopped passes."""
    if not suspect.is_elementwise_shape or not suspect.wrong:
        return
    for sample in suspect.wrong:
        claimed, true = sample.claim != 0, sample.truth != 0
        turned = claimed ^ true | (sample.cotangents[0] == 0)
        if not bool(turned.all() and true.any() and claimed.any()):
            return
    yield Explanation(
        "branch",
        "inverted",
        "the condition is the wrong way round: the claimed gradient is zero exactly where the true "
        "one is not",
    )


def _just_there(suspect: Suspect, sample: Sample, mask: Tensor) -> bool:
    """Whether it is wrong nowhere else, and there wherever it could be seen to be."""
    wrong = wrong_elements(suspect, sample)
    silent = (sample.claim == 0) & (sample.truth == 0)
    return bool((~wrong | mask).all() and (wrong | ~mask | silent).all())


def by_place(suspect: Suspect) -> Iterator[Explanation]:
    """Wrong in the same places whatever the cotangent, and these form a pattern or are few."""
    looked_at = suspect.wrong
    if not looked_at or not all(_some_right(suspect, sample) for sample in looked_at):
        return
    masks = [wrong_elements(suspect, sample) for sample in looked_at]
    wrong = torch.stack(masks).any(dim=0)
    name = pattern_of(wrong)
    few = int(wrong.sum()) * _FEW <= wrong.numel() and all(torch.equal(m, wrong) for m in masks)
    if name == EVERYTHING or not (name or few):
        return
    told = _there(suspect, [wrong] * len(looked_at))
    yield Explanation(
        "slice", "slice", f"the claimed gradient is wrong only in {describe(wrong)}{told}"
    )


def wrong_elements(suspect: Suspect, sample: Sample) -> Tensor:
    """Which elements differ, in units of the largest."""
    size = max(float(sample.claim.abs().max()), float(sample.truth.abs().max()))
    return sample.residual.abs() > suspect.truth.close * size


def _some_right(suspect: Suspect, sample: Sample) -> bool:
    """Whether some element is right and not zero: else nothing is right by more than accident."""
    return bool((~wrong_elements(suspect, sample) & (sample.truth != 0)).any())


def _there(suspect: Suspect, masks: list[Tensor]) -> str:
    """What the claim is where it is wrong, if it is something simple."""
    parts = [
        Sample(s.values, s.cotangents, s.claim[m], s.truth[m])
        for s, m in zip(suspect.wrong, masks, strict=True)
    ]
    if all(not bool(part.claim.any()) for part in parts):
        return ": there it is zero"
    if suspect.is_elementwise_shape:
        given = [s.cotangents[0][m] for s, m in zip(suspect.wrong, masks, strict=True)]
        for words, sign in (("grad_output itself", 1.0), ("minus grad_output", -1.0)):
            if all(suspect.same(p.claim, sign * u) for p, u in zip(parts, given, strict=True)):
                return f": there it is {words}"
    if all(not bool(part.truth.any()) for part in parts):
        return ": there the true gradient is zero"
    number = ratio(parts[0])
    if all(suspect.same(part.claim, number * part.truth) for part in parts):
        return f": there it is {times(number)} the true one"
    return ""


def conditions_of(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """Conditions on the values, element by element of the leaf."""
    found: dict[str, Tensor] = {}
    for name, value in _compared(suspect, sample).items():
        found[f"{name} is negative"] = value < 0
        found[f"{name} is positive"] = value > 0
        found[f"{name} is zero"] = value == 0
        for bound in _BOUNDS:
            found[f"|{name}| is above {bound:g}"] = value.abs() > bound
            found[f"|{name}| is below {bound:g}"] = value.abs() < bound
            for side in (bound, -bound):
                found[f"{name} is above {side:g}"] = value > side
                found[f"{name} is below {side:g}"] = value < side
    if suspect.is_elementwise_shape:
        found["grad_output is negative"] = sample.cotangents[0] < 0
        found["grad_output is positive"] = sample.cotangents[0] > 0
    return found


def _separated(suspect: Suspect) -> dict[str, list[Tensor]]:
    """Conditions on a leaf of the same shape, by the bound that parts the wrong from the right."""
    wrong = [wrong_elements(suspect, sample) for sample in suspect.wrong]
    found: dict[str, list[Tensor]] = {}
    for n, leaf in enumerate(suspect.subject.leaves):
        values = [sample.values[n] for sample in suspect.wrong]
        if any(value.shape != suspect.value.shape for value in values):
            continue
        for name, looked in ((leaf.name, values), (f"|{leaf.name}|", [v.abs() for v in values])):
            amiss = torch.cat([v[m] for v, m in zip(looked, wrong, strict=True)])
            right = torch.cat([v[~m] for v, m in zip(looked, wrong, strict=True)])
            if min(amiss.numel(), right.numel()) < _MANY:
                continue
            if (bound := _between(float(amiss.max()), float(right.min()))) is not None:
                found[f"{name} is below {bound:g}"] = [v < bound for v in looked]
            if (bound := _between(float(right.max()), float(amiss.min()))) is not None:
                found[f"{name} is above {bound:g}"] = [v > bound for v in looked]
    return found


def _between(low: float, high: float) -> float | None:
    """The number of the fewest digits between two; None where they are the wrong way round.

    >>> _between(0.48, 0.517), _between(1.0, 1.0)
    (0.5, None)
    """
    rounded = (round((low + high) / 2, digits) for digits in range(_DIGITS))
    return next((bound for bound in rounded if low < bound < high), None)


def _compared(suspect: Suspect, sample: Sample) -> dict[str, Tensor]:
    """What a condition may look at: the inputs, their difference, the output."""
    named = {
        leaf.name: value
        for leaf, value in zip(suspect.subject.leaves, sample.values, strict=True)
        if value.shape == suspect.value.shape
    }
    for constant in suspect.arguments(sample.values):
        known = any(constant is value or _equal(constant, value) for value in named.values())
        if _is_alike(constant, suspect.value) and not known:
            named["the target"] = constant
    if len(named) == 2:
        (one, first), (other, second) = named.items()
        named[f"{one} - {other}"] = first - second
    if suspect.is_elementwise_shape:
        named["the output"] = suspect.probe.outputs[0]
    return named


def _is_alike(constant: object, leaf: Tensor) -> TypeGuard[Tensor]:
    """Whether numbers stand beside the leaf, element by element; complex ones have no order."""
    if not isinstance(constant, Tensor) or constant.shape != leaf.shape:
        return False
    return not constant.is_complex() and constant.dtype != torch.bool


def _equal(one: object, other: Tensor) -> bool:
    return isinstance(one, Tensor) and one.shape == other.shape and torch.equal(one, other)

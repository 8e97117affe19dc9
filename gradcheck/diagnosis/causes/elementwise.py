"""factor: the claim is the truth times a number for each element, row or column."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation, listed_axes
from gradcheck.diagnosis.causes.vectors import factors_of
from gradcheck.diagnosis.projected import times
from gradcheck.diagnosis.suspect import Sample, Suspect

_FEWEST = 3
_ONE = 1e-9


def named_factor(suspect: Suspect) -> Iterator[Explanation]:
    """A factor that is one of the tensors of the case, or one over it, is too many or absent."""
    if not suspect.wrong or suspect.value.numel() < _FEWEST:
        return
    factors = {id(sample): factors_of(suspect, sample) for sample in suspect.wrong}
    first = suspect.wrong[0]
    for name, factor in factors[id(first)].items():
        if bool((factor == factor.flatten()[0]).all()):
            continue  # one number, as weights that are all zero say nothing else
        for inverse in (False, True):

            def predict(s: Sample, name: str = name, inverse: bool = inverse) -> Tensor | None:
                return _times(s.truth, factors[id(s)].get(name), inverse=inverse)

            number = _constant(first, predict(first))
            if number is None or not suspect.explains(
                lambda s, predict=predict, number=number: _scaled(predict(s), number)  # type: ignore[misc]
            ):
                continue
            before = "" if math.isclose(number, 1, rel_tol=_ONE) else f"{number:.6g} × "
            told = f"1/({name})" if inverse else name
            why = f"the factor {name} is {'absent' if inverse else 'too many'}"
            yield Explanation(
                "factor",
                told,
                f"the claimed gradient is {before}{told} times the true one: {why}",
            )


def per_slice(suspect: Suspect) -> Iterator[Explanation]:
    """One number for each index along some axes."""
    if not suspect.wrong:
        return
    axes = range(suspect.value.dim())
    for count in range(len(axes) - 1, 0, -1):
        for kept in itertools.combinations(axes, len(axes) - count):
            others = tuple(a for a in axes if a not in kept)
            if _size(suspect.value, others) < _FEWEST:
                continue
            numbers = _ratios(suspect.wrong[0], others)
            if bool((numbers == 0).any()) or not suspect.explains(
                lambda s, numbers=numbers: s.truth * numbers  # type: ignore[misc]
            ):
                continue
            shown = ", ".join(times(float(n)).removesuffix(" times") for n in numbers.flatten()[:3])
            yield Explanation(
                "factor",
                f"one for each index along {kept}",
                f"the claimed gradient is the true one times a number for each index along "
                f"{listed_axes(kept)}: {shown}, ...",
            )
            return


def _constant(sample: Sample, predicted: Tensor | None) -> float | None:
    """The number that turns what is predicted into the claim best."""
    if predicted is None or not bool(predicted.any()) or not bool(torch.isfinite(predicted).all()):
        return None
    size = predicted.abs().max()
    scaled = predicted / size
    return float((sample.claim / size * scaled).sum() / scaled.square().sum()) or None


def _times(truth: Tensor, factor: Tensor | None, *, inverse: bool) -> Tensor | None:
    if factor is None or (inverse and bool((factor == 0).any())):
        return None
    return truth / factor if inverse else truth * factor


def _scaled(predicted: Tensor | None, number: float) -> Tensor | None:
    return None if predicted is None else number * predicted


def _ratios(sample: Sample, axes: tuple[int, ...]) -> Tensor:
    weight = sample.truth.square().sum(axes, keepdim=True)
    return (sample.claim * sample.truth).sum(axes, keepdim=True) / weight.clamp(min=1e-300)


def _size(value: Tensor, axes: tuple[int, ...]) -> int:
    size = 1
    for axis in axes:
        size *= value.shape[axis]
    return size

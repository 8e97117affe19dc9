"""transpose, permutation, missing_term: another leaf is taken in place of this one, or changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation, listed_axes
from gradcheck.diagnosis.suspect import Suspect
from gradcheck.subject import Values

_MATRIX = 2


def swapped(suspect: Suspect) -> Iterator[Explanation]:
    """The gradient of another leaf of the same shape."""
    for position, leaf in enumerate(suspect.subject.leaves):
        if position == suspect.position or leaf.value.shape != suspect.value.shape:
            continue
        if suspect.explains(
            lambda s, position=position: suspect.truth(s.values, s.cotangents, position)  # type: ignore[misc]
        ):
            yield Explanation(
                "permutation",
                f"swapped with {leaf.name}",
                f"the claimed gradient is that of {leaf.name}: are the two swapped?",
            )


def through_another(suspect: Suspect) -> Iterator[Explanation]:
    """The truth, if another leaf were transposed or flipped: a kernel, a square weight."""
    for position, leaf in enumerate(suspect.subject.leaves):
        if position == suspect.position or leaf.value.dim() < _MATRIX:
            continue
        for code, words, change in _rearranged(leaf.value):
            if suspect.explains(suspect.vjp_at(_changing(position, change))):
                yield Explanation(
                    code,
                    f"{leaf.name} {words}",
                    f"the claimed gradient is the true one for {leaf.name} {words}",
                )


def centred(suspect: Suspect) -> Iterator[Explanation]:
    """The truth, if another leaf had its mean over the samples taken off."""
    for position, leaf in enumerate(suspect.subject.leaves):
        if position != suspect.position and suspect.explains(
            suspect.vjp_at(_changing(position, _without_mean))
        ):
            yield Explanation(
                "missing_term",
                f"mean of {leaf.name}",
                f"the claimed gradient is the true one for {leaf.name} less its mean over the "
                f"samples: the term with the mean of {leaf.name} is absent",
            )


def _without_mean(value: Tensor) -> Tensor:
    rows = value.reshape(-1, value.shape[-1]) if value.dim() else value.reshape(1, 1)
    return (rows - rows.mean(0)).reshape(value.shape)


def _rearranged(value: Tensor) -> Iterator[tuple[str, str, Callable[[Tensor], Tensor]]]:
    axes = value.dim()
    for one, other in itertools.combinations(range(axes), 2):
        if value.shape[one] == value.shape[other]:
            words = "transposed" if axes == _MATRIX else f"with axes {one} and {other} exchanged"
            yield "transpose", words, lambda v, a=one, b=other: v.transpose(a, b)  # type: ignore[misc]
    spatial = tuple(range(2, axes))
    if spatial:
        yield "permutation", f"flipped along {listed_axes(spatial)}", lambda v: v.flip(spatial)
        for axis in spatial if len(spatial) > 1 else ():
            yield "permutation", f"flipped along axis {axis}", lambda v, axis=axis: v.flip(axis)  # type: ignore[misc]


def _changing(position: int, change: Callable[[Tensor], Tensor]) -> Callable[[Values], Values]:
    return lambda values: tuple(
        change(value).contiguous() if number == position else value
        for number, value in enumerate(values)
    )

"""transpose, permutation: the right values in the wrong places, or of another leaf."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Suspect
from gradcheck.subject import Values

_MOST_AXES = 4
_MATRIX = 2


def transposed(suspect: Suspect) -> Iterator[Explanation]:
    """The axes of the truth in another order, as they fit or laid out anew."""
    axes = suspect.value.dim()
    if not _MATRIX <= axes <= _MOST_AXES:
        return
    for order in itertools.permutations(range(axes)):
        if order == tuple(range(axes)):
            continue
        told = "transposed" if axes == _MATRIX else f"with its axes in the order {order}"
        if suspect.explains(lambda s, order=order: s.truth.permute(order)):  # type: ignore[misc]
            yield Explanation(
                "transpose", "transpose", f"the claimed gradient is the true one {told}"
            )
        elif suspect.explains(
            lambda s, order=order: s.truth.permute(order).reshape(s.truth.shape)  # type: ignore[misc]
        ):
            yield Explanation(
                "transpose",
                "transpose",
                f"the claimed gradient is the true one {told}, reshaped to fit: "
                "reshape does not transpose",
            )


def moved(suspect: Suspect) -> Iterator[Explanation]:
    """Flipped, or shifted by one, along some axes."""
    axes = range(suspect.value.dim())
    for count in range(1, len(axes) + 1):
        for chosen in itertools.combinations(axes, count):
            if suspect.explains(lambda s, chosen=chosen: s.truth.flip(chosen)):  # type: ignore[misc]
                yield Explanation(
                    "permutation",
                    "flipped",
                    f"the claimed gradient is the true one flipped along {_axes(chosen)}",
                )
    for axis, by in itertools.product(axes, (1, -1)):
        if suspect.value.shape[axis] > _MATRIX and suspect.explains(
            lambda s, axis=axis, by=by: _shifted(s.claim, s.truth, axis, by)  # type: ignore[misc]
        ):
            yield Explanation(
                "permutation",
                f"shifted by {by} along {axis}",
                f"the claimed gradient is the true one shifted by {by} along axis {axis}",
            )


def scrambled(suspect: Suspect) -> Iterator[Explanation]:
    """The same numbers, in another order that is the same each time."""
    if suspect.value.numel() <= _MATRIX or not suspect.wrong:
        return
    first = suspect.wrong[0]
    order = first.truth.flatten().argsort()[first.claim.flatten().argsort().argsort()]
    if suspect.explains(lambda s: s.truth.flatten()[order].reshape(s.truth.shape)):
        yield Explanation(
            "permutation",
            "scrambled",
            "the claimed gradient holds the numbers of the true one in other places",
        )


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
        yield "permutation", f"flipped along {_axes(spatial)}", lambda v: v.flip(spatial)
        for axis in spatial if len(spatial) > 1 else ():
            yield "permutation", f"flipped along axis {axis}", lambda v, axis=axis: v.flip(axis)  # type: ignore[misc]


def _changing(position: int, change: Callable[[Tensor], Tensor]) -> Callable[[Values], Values]:
    return lambda values: tuple(
        change(value).contiguous() if number == position else value
        for number, value in enumerate(values)
    )


def _shifted(claim: Tensor, truth: Tensor, axis: int, by: int) -> Tensor:
    """The truth moved along an axis; what enters at the border is taken from the claim."""
    rolled = truth.roll(by, axis)
    entered = 0 if by > 0 else truth.shape[axis] - 1
    index = torch.tensor([entered], device=truth.device)
    return rolled.index_copy(axis, index, claim.index_select(axis, index))


def _axes(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"

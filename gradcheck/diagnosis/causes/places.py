"""transpose, permutation: the right values in the wrong places."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation, listed_axes
from gradcheck.diagnosis.suspect import Sample, Suspect

_MOST_AXES = 4
_MATRIX = 2
_TOLD = 3


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
                    f"the claimed gradient is the true one flipped along {listed_axes(chosen)}",
                )
    for axis, by in itertools.product(axes, (1, -1)):
        if suspect.value.shape[axis] > _MATRIX and suspect.explains(
            lambda s, axis=axis, by=by: _shifted(s.claim, s.truth, axis, by)  # type: ignore[misc]
        ):
            yield Explanation(
                "permutation",
                f"shifted by {by} along {axis}",
                f"the claimed gradient is the true one, shifted by one place towards the "
                f"{'end' if by > 0 else 'start'} of axis {axis}",
            )


def jacobian_itself(suspect: Suspect) -> Iterator[Explanation]:
    """J u is claimed where Jᵀ u belongs: then ⟨claim(u), w⟩ is ⟨truth(w), u⟩ for every u and w."""
    if not suspect.is_elementwise_shape or len(suspect.wrong) < _MATRIX:
        return
    for one, other in itertools.permutations(suspect.wrong, _MATRIX):
        u, w = one.cotangents[0].double(), other.cotangents[0].double()
        both = suspect.claim_at(one.values, (one.cotangents[0] + other.cotangents[0],))
        claims = [(one.claim, u), (both, u + w)]
        for claim, given in claims:
            if claim is None or not _are_near(suspect, claim * w, other.truth * given):
                return
    yield Explanation(
        "transpose",
        "the Jacobian itself",
        "the claimed gradient is the Jacobian times grad_output, where its transpose belongs",
    )


def _are_near(suspect: Suspect, one: Tensor, other: Tensor) -> bool:
    """Whether two sums are equal but for the rounding of their terms."""
    size = float(one.abs().sum() + other.abs().sum())
    return abs(float(one.sum() - other.sum())) <= suspect.truth.close * size


def reordered(suspect: Suspect) -> Iterator[Explanation]:
    """The same rows, or columns, in another order that is the same each time: gates, heads."""
    for axis, size in enumerate(suspect.value.shape):
        others = suspect.value.numel() // max(1, size)
        if size <= _MATRIX or others < _MATRIX or not suspect.wrong:
            continue
        order = _order(suspect, suspect.wrong[0], axis)
        if order is None or not suspect.explains(
            lambda s, axis=axis, order=order: s.truth.index_select(axis, order)  # type: ignore[misc]
        ):
            continue
        moved = [f"{n} holds {m}" for n, m in enumerate(order.tolist()) if n != m]
        listed = ", ".join(moved[:_TOLD]) + (", ..." if len(moved) > _TOLD else "")
        yield Explanation(
            "permutation",
            f"reordered along {axis}",
            f"the claimed gradient is the true one in another order along axis {axis}: {listed}",
        )


def _order(suspect: Suspect, sample: Sample, axis: int) -> Tensor | None:
    """For each slice of the claim the slice of the truth that it is; None if it is none."""
    claimed, true = (t.movedim(axis, 0).flatten(1) for t in (sample.claim, sample.truth))
    apart = (claimed.unsqueeze(1) - true).abs().amax(-1)
    nearest = apart.argmin(1)
    slack = suspect.truth.close * max(float(claimed.abs().max()), float(true.abs().max()))
    fits = bool((apart.amin(1) <= slack).all()) and len(set(nearest.tolist())) == len(nearest)
    return nearest if fits else None


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


def _shifted(claim: Tensor, truth: Tensor, axis: int, by: int) -> Tensor:
    """The truth moved along an axis; what enters at the border is taken from the claim."""
    rolled = truth.roll(by, axis)
    entered = 0 if by > 0 else truth.shape[axis] - 1
    index = torch.tensor([entered], device=truth.device)
    return rolled.index_copy(axis, index, claim.index_select(axis, index))

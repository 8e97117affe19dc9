"""accumulation, missing_term: what the single outputs contribute to each element of the leaf.

The contributions cost a backward for each output, seconds for a recurrent layer.  So each mistake
is asked first for something that it implies and that costs one backward or none.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.subject import Outputs, flat

_MOST_OUTPUTS = 256
_SEEN = 1e-12


def overwritten(suspect: Suspect) -> Iterator[Explanation]:
    """Each element holds the contribution of one output, where it should hold the sum."""
    if not _is_small(suspect) or not all(_comes_or_goes(suspect, s) for s in suspect.wrong):
        return
    parts: dict[int, Tensor] = {}

    def one(sample: Sample, which: int) -> Tensor | None:
        if id(sample) not in parts:
            parts[id(sample)] = _parts(suspect, sample)
        return _shaped(_one_of(parts[id(sample)], which), sample)

    for which, words in ((-1, "last"), (0, "first")):
        if suspect.explains(lambda s, which=which: one(s, which)):  # type: ignore[misc]
            yield Explanation(
                "accumulation",
                f"{words} contribution",
                f"each element of the claimed gradient is the {words} contribution to it, not the "
                "sum of all: `=` where it wants `+=`",
            )


def diagonal_only(suspect: Suspect) -> Iterator[Explanation]:
    """Each element hears of its own output alone, though others depend on it."""
    if not suspect.is_elementwise_shape or not _is_small(suspect) or not _is_local(suspect):
        return

    def own(sample: Sample) -> Tensor:
        return _parts(suspect, sample).diagonal().reshape(sample.truth.shape)

    if suspect.explains(own):
        yield Explanation(
            "missing_term",
            "off-diagonal",
            "the claimed gradient takes the diagonal of the Jacobian alone: the terms through "
            "which an element changes the other outputs are absent",
        )


def windows(suspect: Suspect) -> Iterator[Explanation]:
    """The contributions are averaged over how many there are."""
    if not _is_small(suspect) or not all(_is_part(suspect, s) for s in suspect.wrong):
        return

    def averaged(sample: Sample) -> Tensor:
        parts = _parts(suspect, sample)
        count = (parts.abs() > _SEEN * parts.abs().max()).sum(dim=0).clamp(min=1)
        return (parts.sum(dim=0) / count).reshape(sample.truth.shape)

    if suspect.explains(averaged):
        yield Explanation(
            "factor",
            "1/contributions",
            "the claimed gradient is the mean of the contributions to each element, not their sum",
        )


def _is_small(suspect: Suspect) -> bool:
    outputs = sum(y.numel() for y in suspect.probe.outputs)
    return bool(suspect.wrong) and 1 < outputs <= _MOST_OUTPUTS


def _comes_or_goes(suspect: Suspect, sample: Sample) -> bool:
    """Whether half of the outputs alone make each element what it is, or zero.

    Of a sum, half of it is neither.
    """
    everything = flat(sample.cotangents)
    half = torch.arange(everything.numel(), device=everything.device) % 2 == 0
    pieces = (everything * half).split([u.numel() for u in sample.cotangents])
    shaped = tuple(p.reshape(u.shape) for p, u in zip(pieces, sample.cotangents, strict=True))
    claim = suspect.claim_at(sample.values, shaped)
    if claim is None:
        return False
    slack = suspect.truth.close * max(float(sample.claim.abs().max()), float(claim.abs().max()))
    return bool(((claim.abs() <= slack) | ((claim - sample.claim).abs() <= slack)).all())


def _is_part(suspect: Suspect, sample: Sample) -> bool:
    """Whether each element of the truth is a whole number of times what is claimed."""
    slack = suspect.truth.close * float(sample.truth.abs().max())
    times = torch.where(sample.claim.abs() > slack, sample.truth / sample.claim, 1.0).round()
    return bool(((times * sample.claim - sample.truth).abs() <= times.abs() * slack).all())


def _is_local(suspect: Suspect) -> bool:
    """Whether each element of the claim is its own grad_output times the same, whatever that is."""
    first, *others = suspect.wrong
    return all(
        suspect.same(first.claim * s.cotangents[0], s.claim * first.cotangents[0]) for s in others
    )


def _parts(suspect: Suspect, sample: Sample) -> Tensor:
    """What each output contributes.

    Shapes   -> (n_outputs, n_elements)
    """
    rows = [
        suspect.truth(sample.values, alone, suspect.position).reshape(-1)
        for alone in _one_by_one(sample.cotangents)
    ]
    return torch.stack(rows)


def _one_by_one(cotangents: Outputs) -> Iterator[Outputs]:
    everything = flat(cotangents)
    for index in range(everything.numel()):
        alone = torch.zeros_like(everything)
        alone[index] = everything[index]
        pieces = alone.split([u.numel() for u in cotangents])
        yield tuple(p.reshape(u.shape) for p, u in zip(pieces, cotangents, strict=True))


def _one_of(parts: Tensor, which: int) -> Tensor | None:
    """The first or the last contribution that is not zero, for each element."""
    seen = parts.abs() > _SEEN * parts.abs().max()
    if bool((seen.sum(dim=0) <= 1).all()):
        return None
    rows = torch.arange(len(parts), device=parts.device).unsqueeze(-1)
    marked = torch.where(seen, rows, -1 if which < 0 else len(parts))
    row = marked.amax(dim=0) if which < 0 else marked.amin(dim=0)
    inside = row.clamp(0, len(parts) - 1)
    chosen = parts.gather(0, inside.unsqueeze(0)).squeeze(0)
    return torch.where(row == inside, chosen, 0.0)


def _shaped(flattened: Tensor | None, sample: Sample) -> Tensor | None:
    return None if flattened is None else flattened.reshape(sample.truth.shape)

"""slice: of several outputs, the gradient is right but for what comes from some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from gradcheck.diagnosis.causes.constants import ratio
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.projected import times
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.subject import Outputs


def some_outputs(suspect: Suspect) -> Iterator[Explanation]:
    """Wrong where one output alone has a cotangent, and right where another has.

    With u = (0, ..., u_k, ..., 0) the claim is the part of x̄ = Σ_k (∂y_k/∂x)ᵀ u_k that output k
    contributes.
    """
    if len(suspect.probe.outputs) == 1:
        return
    parts = [[_part(suspect, sample, k) for sample in suspect.wrong] for k in _outputs(suspect)]
    wrong = {k: found for k, found in enumerate(parts) if _is_wrong(suspect, found)}
    right = [k for k, found in enumerate(parts) if k not in wrong and _is_heard(found)]
    if not wrong or not right:
        return
    names = " and ".join(f"outputs[{k}]" for k in wrong)
    told = f"the claimed gradient is wrong only in what comes from {names}"
    number = _factor(suspect, [sample for found in wrong.values() for sample in found if sample])
    yield Explanation("slice", f"from {names}", f"{told}{number}")


def _outputs(suspect: Suspect) -> range:
    return range(len(suspect.probe.outputs))


def _part(suspect: Suspect, sample: Sample, number: int) -> Sample | None:
    """What is claimed, and what is true, for the cotangent of one output; None if it raised."""
    alone: Outputs = tuple(
        u if k == number else torch.zeros_like(u) for k, u in enumerate(sample.cotangents)
    )
    claim = suspect.claim_at(sample.values, alone)
    if claim is None:
        return None
    truth = suspect.truth(sample.values, alone, suspect.position).double()
    return Sample(sample.values, alone, claim, truth)


def _is_wrong(suspect: Suspect, found: Sequence[Sample | None]) -> bool:
    return any(sample is None or not suspect.same(sample.claim, sample.truth) for sample in found)


def _is_heard(found: Sequence[Sample | None]) -> bool:
    """Whether the leaf has something of that output: what is zero is right by accident."""
    return any(sample is not None and bool(sample.truth.any()) for sample in found)


def _factor(suspect: Suspect, wrong: Sequence[Sample]) -> str:
    if wrong and not any(bool(sample.claim.any()) for sample in wrong):
        return ": that is left out"
    number = ratio(wrong[0]) if wrong else 0.0
    if wrong and all(suspect.same(s.claim, number * s.truth) for s in wrong):
        return f": there it is {times(number)} the true one"
    return ""

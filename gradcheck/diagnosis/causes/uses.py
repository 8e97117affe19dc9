"""accumulation, missing_term: of several uses of a leaf only some are heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.diagnosis.truth import ByAutograd
from gradcheck.diagnosis.uses import Use, uses_of, without_each_way

_SPARE = 2
_ROUNDING = 1e-6


def some_uses(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the sum of the contributions of some uses, but not of all."""
    if not isinstance(suspect.truth, ByAutograd) or not suspect.wrong:
        return
    found = {id(sample): _of(suspect, sample) for sample in suspect.wrong}
    first = found[id(suspect.wrong[0])]
    count = len(first)
    if count < 2 or any(len(uses) != count for uses in found.values()):  # noqa: PLR2004 one is right
        return
    if suspect.value.numel() * len(found) < count + _SPARE:
        return
    heard = _heard([(sample, found[id(sample)]) for sample in suspect.wrong])
    if heard is None or heard.all() or not heard.any():
        return

    def predict(sample: Sample) -> Tensor:
        uses = zip(found[id(sample)], heard, strict=True)
        return torch.stack([use.contribution for use, one in uses if one]).sum(0)

    if suspect.explains(predict):
        yield _told(first, heard)


def one_way(suspect: Suspect) -> Iterator[Explanation]:
    """Nothing comes back through one argument of some operation, as if it were a constant."""
    if not isinstance(suspect.truth, ByAutograd) or not suspect.wrong:
        return
    forward, position = suspect.subject.forward, suspect.position
    found = {
        id(s): without_each_way(forward, s.values, s.cotangents, position) for s in suspect.wrong
    }
    for name in found[id(suspect.wrong[0])]:
        if suspect.explains(lambda s, name=name: found[id(s)].get(name)):  # type: ignore[misc]
            yield Explanation(
                "missing_term",
                f"through {name}",
                f"the claimed gradient is what is left if nothing flows back through {name}: "
                "that term is absent, as if it were a constant",
            )
            return


def _of(suspect: Suspect, sample: Sample) -> list[Use]:
    return uses_of(suspect.subject.forward, sample.values, sample.cotangents, suspect.position)


def _heard(samples: Sequence[tuple[Sample, list[Use]]]) -> Tensor | None:
    """Which uses make up the claims; None if these are no such sums."""
    rows = [
        torch.stack([use.contribution.double().reshape(-1) for use in uses], dim=1)
        for _, uses in samples
    ]
    matrix = torch.cat(rows)
    claims = torch.cat([sample.claim.reshape(-1, 1) for sample, _ in samples])
    size = matrix.abs().max()
    if not bool(size > 0) or not bool(torch.isfinite(matrix).all()):
        return None
    shares = torch.linalg.lstsq(matrix / size, claims / size).solution[:, 0]
    whole = shares.round()
    near = (shares - whole).abs() < _ROUNDING
    return whole == 1 if bool((near & ((whole == 0) | (whole == 1))).all()) else None


def _told(uses: list[Use], heard: Tensor) -> Explanation:
    count, places = len(uses), [n + 1 for n, one in enumerate(heard.tolist()) if one]
    listed = ", ".join(map(str, places))
    words = f"the forward uses it {count} times, and the claimed gradient is that of use {listed}"
    repeated = len({use.operation for use in uses}) == 1
    if repeated and len(places) == 1:
        return Explanation(
            "accumulation", "one use", f"{words} alone, not the sum of all: `=` where it wants `+=`"
        )
    return Explanation("missing_term", "some uses", f"{words}: the terms of the others are absent")

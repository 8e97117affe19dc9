"""accumulation, factor, missing_term: of the ways back to a leaf one is cut, or cut short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.diagnosis.truth import ByAutograd
from gradcheck.diagnosis.uses import Use, Way, passed, stopped, uses_of, with_each_way

_SPARE = 2
_ROUNDING = 1e-6


def some_uses(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the sum of the contributions of some uses, but not of all."""
    if not isinstance(suspect.truth, ByAutograd) or not suspect.wrong:
        return
    found = {id(sample): _of(suspect, sample) for sample in suspect.wrong}
    first = found[id(suspect.wrong[0])]
    count = len(first)
    if count < 2 or any(len(uses) != count for uses in found.values()):
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
    """Nothing comes back through an argument of some operation, or all that came in does."""
    if name := _changed_way(suspect, stopped):
        yield Explanation(
            "missing_term",
            f"through {name}",
            f"the claimed gradient is what is left if nothing flows back through {name}: "
            "that term is absent, as if it were a constant",
        )
    elif (name := _changed_way(suspect, passed)) and " of Mul" in name:
        which = "first" if "argument 1" in name else "second"
        yield Explanation(
            "factor",
            f"through {name}",
            "the claimed gradient is what comes out if a product hands what came in on to its "
            f"{which} factor as it is: it is not multiplied by the other factor",
        )


def _changed_way(suspect: Suspect, change: Way) -> str:
    """The way which, changed like that, leads to the claims; empty if there is none."""
    if not isinstance(suspect.truth, ByAutograd) or not suspect.wrong:
        return ""
    if not any(bool(sample.claim.any()) for sample in suspect.wrong):
        return ""  # nothing at all comes back, wherever the way is cut
    forward = suspect.subject.forward
    found = {
        id(s): with_each_way(change, forward, s.values, s.cotangents)(suspect.position)
        for s in suspect.wrong
    }
    names = found[id(suspect.wrong[0])]
    return next(
        (n for n in names if suspect.explains(lambda s, n=n: found[id(s)].get(n))),  # type: ignore[misc]
        "",
    )


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

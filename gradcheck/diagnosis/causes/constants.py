"""zero, sign, factor: the claim is the truth times one number."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from gradcheck.batch import is_shared
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.causes.quantities import names_of
from gradcheck.diagnosis.lines import adds_twice
from gradcheck.diagnosis.projected import times
from gradcheck.diagnosis.suspect import Sample, Suspect
from gradcheck.subject import UNWRITTEN


def zero(suspect: Suspect) -> Iterator[Explanation]:
    """Nothing is claimed of a gradient that is not zero."""
    if suspect.explains(lambda s: torch.zeros_like(s.truth)):
        unwritten = suspect.subject.origins.get(suspect.leaf.name) == UNWRITTEN
        claimed = "still the zero that it was before the backward" if unwritten else "zero"
        yield Explanation("zero", "zero", f"the claimed gradient is {claimed}, the true one is not")


def sign(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is the truth reversed."""
    if suspect.explains(lambda s: -s.truth):
        told = "the claimed gradient has the opposite sign"
        yield Explanation("sign", "sign", f"{told}{_meant(suspect)}")


def _meant(suspect: Suspect, number: float = -1.0) -> str:
    """What to say of a layer that hands its input on: hardly anybody reverses that by mistake."""
    outputs = suspect.probe.outputs
    if len(outputs) > 1 or not torch.equal(outputs[0], suspect.value):
        return ""
    if number == -1:
        return '; if a reversal of the gradient is meant, say expect="reversal"'
    return f"; if a multiple of the gradient is meant, say expect={number:.9g}"


def factor(suspect: Suspect) -> Iterator[Explanation]:
    """The claim is a multiple of the truth; the number is named by what it equals here."""
    looked_at = suspect.wrong or suspect.samples
    known = [ratio(sample) for sample in looked_at if bool(sample.truth.any())]
    if not known or known[0] == 0 or suspect.value.numel() * len(known) < 2:
        return
    number = known[0]
    if suspect.wrong and not suspect.explains(lambda s: number * s.truth):
        return
    told = f"the claimed gradient is {times(number)} the true one"
    if number == 2 and adds_twice(suspect.subject.source, suspect.leaf):
        twice = "it is added twice, in two statements of the backward"
        yield Explanation("accumulation", "twice", f"{told}: {twice}")
    meant = _meant(suspect, number)
    for name in names_of(number, suspect):
        yield Explanation("factor", name, f"{told}: {meaning(name, number, suspect)}{meant}")
    yield Explanation("factor", f"={number:.9g}", f"{told}{meant}")


def ratio(sample: Sample) -> float:
    """The number that turns the truth into the claim best."""
    size = float(sample.truth.abs().max())
    if not size:
        return 1.0
    truth, claim = sample.truth / size, sample.claim / size
    return float((claim * truth).sum() / truth.square().sum())


def meaning(name: str, number: float, suspect: Suspect) -> str:
    """What a factor equals, and what makes people write it."""
    equal = f"{number:.6g} is {name}" if name != f"{number:.6g}" else f"a factor of {name}"
    if name == "1/batch size" and is_shared(suspect.leaf, round(1 / number)):
        return (
            f"{equal}, a mean over the batch where the gradient is the sum (a convention of some "
            f"frameworks: if the loss averages too, each step shrinks by another {name})"
        )
    if (name.startswith("1/") and "size" in name) or name.startswith("1/number"):
        return f"{equal}: a mean where the gradient is a sum"
    if name in ("batch size", "number of elements", "number of rows", "number of features"):
        return f"{equal}: a sum where the gradient is a mean"
    return equal

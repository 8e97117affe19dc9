"""The forward beside torch's counterpart: the same, a convention of its own, or wrong."""

from __future__ import annotations

import math

from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.diagnosis.projected import times
from gradcheck.records import Finding, Source, Verdict
from gradcheck.subject import Subject
from gradcheck.witnesses.counterpart import takes_options_of_namesake
from gradcheck.witnesses.reference import Reference

FORWARD = "forward"
OUTPUT = "output"
_CLOSE = 1e-9


def forward_finding(
    said: Reference, probe: Probe, *, named: bool, consistent: bool, case: str
) -> Finding | str:
    """The finding on the forward; only a reason where it is not held to torch's.

    A constant factor between two losses is a convention (a sum for a mean, a half before a square)
    unless its author promises torch's, or the user named the counterpart.

    Args:
        said: What torch's counterpart says.
        probe: Whose forward it is, where it was called.
        named: Whether the user chose the counterpart.
        consistent: Whether all gradients are right for this forward.
        case: For the reader.
    """
    comparison, subject = said.forward, probe.subject
    if comparison.opinion == Opinion.ABSENT:
        return comparison.note
    if comparison.opinion == Opinion.AGREES:
        return _finding(Verdict.VERIFIED, comparison, case=case, source=None)
    if probe.is_random:
        return "it draws random numbers, and others than torch's counterpart"
    if said.factor is not None:
        extent = f"it is {times(said.factor)} torch's{_equal_to(said.factor, subject)}"
        if consistent and not (named or subject.torch_conventions):
            return f"a convention of its own: {extent}; the backward is right for it"
    else:
        if consistent and not (
            named or subject.torch_conventions or takes_options_of_namesake(subject.instance)
        ):
            return "it is not torch's of the same name, whose options it does not take"
        extent = comparison.note or f"it differs by {comparison.error:.1e} of the largest output"
    blame = "the backward is right for this forward" if consistent else "the backward aside"
    message = (
        f"the forward is not that of torch's counterpart: {extent}; {blame} "
        "(if another function is meant, say --reference none)"
    )
    source = subject.forward_source
    return _finding(Verdict.REFUTED, comparison, case=case, source=source, message=message)


def _finding(
    verdict: Verdict,
    comparison: Comparison,
    *,
    case: str,
    source: Source | None,
    message: str = "",
) -> Finding:
    return Finding(
        check=FORWARD,
        leaf=OUTPUT,
        verdict=verdict,
        error=comparison.error,
        resolution=comparison.resolution,
        cause="wrong_forward" if verdict == Verdict.REFUTED else None,
        message=message,
        case=case,
        comparisons=(comparison,),
        source=source,
    )


def _equal_to(factor: float, subject: Subject) -> str:
    """What a factor between two reductions equals in this case.

    The sizes are those of the first input, which a loss reduces.
    """
    shape = tuple(subject.leaves[0].value.shape)
    if not shape:
        return ""
    words = {
        math.prod(shape): "the number of elements: a sum where torch takes the mean",
        1 / math.prod(shape): "1 over the number of elements: a mean where torch takes the sum",
        shape[0]: "the batch size: a sum over the batch where torch takes the mean",
        1 / shape[0]: "1 over the batch size: a mean over the batch where torch takes the sum",
        math.prod(shape[1:]): "the elements of one sample: a sum over them where torch takes the "
        "mean",
        0.5: "one half, as is common before a square",
    }
    for size, meaning in words.items():
        if size != 1 and math.isclose(factor, size, rel_tol=_CLOSE):
            return f", {meaning}"
        if size != 1 and math.isclose(factor, size / 2, rel_tol=_CLOSE):
            return f", half of {meaning}"
    return ""

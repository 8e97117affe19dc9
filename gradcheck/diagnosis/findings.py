"""From comparisons to findings: the ruling, the cause, and one line for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.cases.probe import Probe
from gradcheck.comparison import Comparison, Opinion, Projection
from gradcheck.diagnosis.culprit import rule
from gradcheck.diagnosis.lines import statements_of
from gradcheck.diagnosis.misshapen import cause_of
from gradcheck.diagnosis.projected import name_cause
from gradcheck.diagnosis.sharpness import as_fine_as_asked, finest
from gradcheck.norms import is_finite
from gradcheck.records import ROUNDING, Cause, Finding, Source, Verdict
from gradcheck.witnesses.numeric.aim import Aim

GRADIENT = "gradient"


def gradient_finding(
    leaf: str,
    comparisons: Mapping[str, Comparison],
    *,
    same_forward: bool,
    aim: Aim,
    case: str,
    source: Source | None,
) -> Finding:
    """The finding on one leaf whose claim has the right form."""
    ruling = as_fine_as_asked(rule(comparisons, same_forward=same_forward), comparisons, aim)
    resolution, sharpest = finest(comparisons)
    heard = [c for c in comparisons.values() if c.opinion in (Opinion.AGREES, Opinion.DIFFERS)]
    refuted = ruling.verdict == Verdict.REFUTED
    cause = _cause(comparisons) if refuted else None
    found = Finding(
        check=GRADIENT,
        leaf=leaf,
        verdict=ruling.verdict,
        error=_error(heard),
        resolution=resolution,
        miss_probability=aim.miss_probability if sharpest == "numeric" else 0.0,
        message=ruling.message,
        ruling=ruling.message,
        case=case,
        comparisons=tuple(comparisons.values()),
        source=source if ruling.verdict != Verdict.VERIFIED else None,
    )
    return with_causes(found, (cause,)) if cause else found


def with_causes(finding: Finding, causes: tuple[Cause, ...]) -> Finding:
    """The finding with its causes named, the evidence of the first before the ruling."""
    first = causes[0]
    message = f"{first.evidence}; {finding.ruling}" if first.evidence else finding.ruling
    return replace(finding, cause=first.code, causes=causes, message=message)


def broken_claim(probe: Probe, position: int, *, case: str) -> Finding | None:
    """The finding on a claim that cannot be the gradient, whatever its values; else None."""
    leaf, claim = probe.subject.leaves[position], probe.draws[0].claims[position]
    code, message = _broken(leaf.name, claim, leaf.value)
    if not code:
        return None
    found = Finding(
        GRADIENT,
        leaf.name,
        Verdict.REFUTED,
        cause=code,
        ruling=message,
        message=message,
        case=case,
        source=probe.subject.source,
        statements=statements_of(probe.subject, position),
    )
    cause = cause_of(probe, position) if code == "shape" else None
    return with_causes(found, (cause, Cause(code, message))) if cause else found


def without_slope(broken: Finding, torchs: Tensor | None) -> Finding:
    """The finding on a claim that is not finite where the forward has no finite slope either."""
    theirs = torchs is not None and not bool(torch.isfinite(torchs).all())
    also = ", nor has torch" if theirs else ""
    return replace(
        broken,
        verdict=Verdict.UNDECIDED,
        cause=None,
        message=f"the gradient of {broken.leaf} holds NaN or infinity, and the forward has no "
        f"finite slope there{also}: check it at other inputs",
    )


def rounding_finding(
    leaf: str, comparison: Comparison, *, case: str, source: Source | None
) -> Finding:
    """The finding on one leaf's error in a lower dtype, beside torch's own there."""
    verdicts = {Opinion.AGREES: Verdict.VERIFIED, Opinion.DIFFERS: Verdict.REFUTED}
    verdict = verdicts.get(comparison.opinion, Verdict.UNDECIDED)
    return Finding(
        check=ROUNDING,
        leaf=leaf,
        verdict=verdict,
        error=comparison.error,
        resolution=comparison.resolution,
        cause="low_precision" if verdict == Verdict.REFUTED else None,
        message=comparison.note,
        case=case,
        comparisons=(comparison,),
        source=source if verdict != Verdict.VERIFIED else None,
    )


def _broken(leaf: str, claim: object, value: Tensor) -> tuple[str, str]:
    if claim is None:
        return "shape", f"the backward returned no gradient for {leaf}: is there a `return`?"
    if not isinstance(claim, Tensor):
        return "shape", f"the gradient of {leaf} is a {type(claim).__name__}, not a tensor"
    if claim.shape != value.shape:
        ours, theirs = tuple(value.shape), tuple(claim.shape)
        return "shape", f"the gradient of {leaf} has shape {theirs}, {leaf} has {ours}"
    if not is_finite(claim):
        return "nonfinite", f"the gradient of {leaf} holds NaN or infinity, the output does not"
    return "", ""


def _cause(comparisons: Mapping[str, Comparison]) -> Cause:
    numeric = comparisons.get("numeric")
    if numeric is not None and numeric.opinion == Opinion.DIFFERS and numeric.error is None:
        return Cause("kink", "")  # right beside the kinks, and no subgradient on them
    differing = [c for c in _exact(comparisons) if c.opinion == Opinion.DIFFERS]
    cause = name_cause(_projections(comparisons), [c.rounding for c in differing])
    measured = [c.note for c in differing if c.precision and c.note]
    return replace(cause, evidence=cause.evidence or measured[0]) if measured else cause


def _exact(comparisons: Mapping[str, Comparison]) -> list[Comparison]:
    return [comparison for name, comparison in comparisons.items() if name != "numeric"]


def _projections(comparisons: Mapping[str, Comparison]) -> tuple[Projection, ...]:
    return comparisons["numeric"].projections if "numeric" in comparisons else ()


def _error(heard: list[Comparison]) -> float | None:
    errors = [c.error for c in heard if c.error is not None]
    return max(errors) if errors else None

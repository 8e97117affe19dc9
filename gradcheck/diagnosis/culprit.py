"""The vote: what the witnesses say of one leaf, and who must be wrong then.

    claimed vs numeric   claimed vs autograd   the answer
    differs              differs               the backward is wrong
    agrees               agrees                the backward is right (of this forward)
    differs              agrees                the check is in doubt: undecided
    agrees               differs               autograd cannot see part of the forward: right

A witness that is absent or too coarse leaves the decision to the others.  The reference has a
vote on gradients only while its forward is the same function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcheck.comparison import Comparison, Opinion
from gradcheck.records import Verdict

_SILENT = Comparison("", Opinion.ABSENT)


@dataclass(frozen=True)
class Ruling:
    """The verdict on one leaf, with its reason in words."""

    verdict: Verdict
    message: str


def rule(comparisons: Mapping[str, Comparison], *, same_forward: bool = True) -> Ruling:
    """Weigh the witnesses' words on one leaf.

    Args:
        comparisons: Witness → what it says.
        same_forward: Whether the reference computes the same outputs.

    >>> agrees = Comparison("numeric", Opinion.AGREES, error=1e-14, resolution=1e-11)
    >>> rule({"numeric": agrees}).verdict
    <Verdict.VERIFIED: 'verified'>
    """
    numeric = comparisons.get("numeric", _SILENT)
    autograd = comparisons.get("autograd", _SILENT)
    reference = comparisons.get("reference", _SILENT) if same_forward else _SILENT
    heard = {c.witness: c for c in (numeric, autograd, reference) if _speaks(c)}
    differing = [name for name, c in heard.items() if c.opinion == Opinion.DIFFERS]
    agreeing = [name for name, c in heard.items() if c.opinion == Opinion.AGREES]
    if not heard:
        return Ruling(Verdict.UNDECIDED, _why_silent(comparisons))
    if not differing:
        return Ruling(Verdict.VERIFIED, numeric.note)
    if not agreeing:
        return _unopposed(numeric, autograd, differing)
    return _divided(numeric, autograd, differing, agreeing)


def _unopposed(numeric: Comparison, autograd: Comparison, differing: list[str]) -> Ruling:
    """Somebody contradicts the claim and nobody supports it."""
    if numeric.at_kink and numeric.opinion == Opinion.COARSE:
        return Ruling(
            Verdict.UNDECIDED,
            "the point lies on a kink, where torch's gradient is one of several right ones",
        )
    if numeric.opinion == Opinion.COARSE and differing == [autograd.witness]:
        return Ruling(
            Verdict.UNDECIDED,
            f"autograd differs by {autograd.error:.1e}, which finite differences cannot confirm: "
            f"{numeric.note}",
        )
    found = f"{_listed(differing)} contradict{_s(differing)} the backward"
    on_kink = numeric.at_kink and numeric.opinion == Opinion.DIFFERS and numeric.note
    return Ruling(Verdict.REFUTED, f"{numeric.note}; {found}" if on_kink else found)


def _divided(
    numeric: Comparison, autograd: Comparison, differing: list[str], agreeing: list[str]
) -> Ruling:
    """The witnesses contradict each other."""
    if numeric.opinion == Opinion.DIFFERS:
        return Ruling(
            Verdict.UNDECIDED,
            f"finite differences contradict the claim and {_listed(agreeing)} "
            f"support{_s(agreeing)} it: the forward may be random, rounded or at a kink here",
        )
    if numeric.opinion != Opinion.AGREES:
        return Ruling(
            Verdict.UNDECIDED,
            f"{_listed(agreeing)} support{_s(agreeing)} the claim, {_listed(differing)} "
            f"contradict{_s(differing)} it, and finite differences cannot tell",
        )
    if numeric.at_kink:
        return Ruling(Verdict.VERIFIED, numeric.note)
    if numeric.blind or _below_resolution(autograd, numeric):
        return Ruling(Verdict.UNDECIDED, _what_none_can_see(numeric, autograd, differing))
    if "autograd" in differing:
        return Ruling(
            Verdict.VERIFIED,
            "autograd differs: it cannot see part of this forward (a detach, an in-place change)",
        )
    return Ruling(Verdict.VERIFIED, "torch's counterpart chooses another gradient here")


def _what_none_can_see(numeric: Comparison, autograd: Comparison, differing: list[str]) -> str:
    if numeric.blind:
        return (
            f"{_listed(differing)} contradict{_s(differing)} the claim, and finite differences "
            "cannot tell: so small a gradient is lost in the rounding of the output"
        )
    return (
        f"autograd differs by {autograd.error:.1e}, less than the {numeric.resolution:.1e} "
        "that finite differences can see"
    )


def _speaks(comparison: Comparison) -> bool:
    return comparison.opinion in (Opinion.AGREES, Opinion.DIFFERS)


def _below_resolution(autograd: Comparison, numeric: Comparison) -> bool:
    if autograd.opinion != Opinion.DIFFERS or autograd.error is None:
        return False
    return numeric.resolution is not None and autograd.error < numeric.resolution


def _why_silent(comparisons: Mapping[str, Comparison]) -> str:
    notes = [f"{name}: {c.note}" for name, c in comparisons.items() if c.note]
    return "no witness could decide; " + "; ".join(notes)


def _listed(names: list[str]) -> str:
    words = {"numeric": "finite differences", "reference": "torch's counterpart"}
    spoken = [words.get(name, name) for name in names]
    return " and ".join([", ".join(spoken[:-1]), spoken[-1]] if len(spoken) > 1 else spoken)


def _s(names: list[str]) -> str:
    singular = len(names) == 1 and names[0] != "numeric"
    return "s" if singular else ""

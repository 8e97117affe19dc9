"""What torch's tolerances let pass, of what our own bars do not."""

from __future__ import annotations

from dataclasses import dataclass

from gradcheck.comparison import Comparison, Opinion
from gradcheck.records import Finding, Verdict

ATOL, RTOL = 1e-5, 1e-3  # torch's defaults
# Nobody writes a formula that is wrong by less; some of torch's own backwards are approximations
# (trigamma, in digamma's, is good to 5e-10).
APPROXIMATION = 1e-7


@dataclass(frozen=True)
class Tolerance:
    """What torch's tolerances let pass.

    Attributes:
        atol, rtol: As torch has them.
        asked: Whether the caller named one: only then may they overrule a refutation.
        nondet_tol: How far two equal calls may be apart.
    """

    atol: float
    rtol: float
    asked: bool
    nondet_tol: float

    @classmethod
    def of(cls, atol: float | None, rtol: float | None, nondet_tol: float) -> Tolerance:
        """Torch's own, where none is given.

        >>> Tolerance.of(None, 0.1, 0.0)
        Tolerance(atol=1e-05, rtol=0.1, asked=True, nondet_tol=0.0)
        """
        asked = atol is not None or rtol is not None
        chosen = ATOL if atol is None else atol, RTOL if rtol is None else rtol
        return cls(*chosen, asked, nondet_tol)

    def __str__(self) -> str:
        return f"atol={self.atol:g}, rtol={self.rtol:g}, nondet_tol={self.nondet_tol:g}"

    def passes(self, finding: Finding) -> bool:
        """Whether a finding that is not verified is within it."""
        if finding.check == "determinism":
            return finding.error is not None and finding.error <= self.nondet_tol
        if finding.check != "gradient" or not finding.comparisons:
            return False
        if finding.verdict == Verdict.REFUTED:
            return all(_is_approximation(said) for said in finding.comparisons) or (
                self.asked and all(self._near(said) for said in finding.comparisons)
            )
        return all(self._fine(said) for said in finding.comparisons)

    def _near(self, said: Comparison) -> bool:
        if said.opinion != Opinion.DIFFERS:
            return True
        if said.projections:
            return all(
                abs(p.claimed - p.measured) <= self.atol + self.rtol * abs(p.measured)
                for p in said.projections
            )
        return said.error is not None and said.error <= self.rtol

    def _fine(self, said: Comparison) -> bool:
        if said.opinion == Opinion.DIFFERS:
            return False
        return (
            said.opinion != Opinion.COARSE
            or (said.resolution is not None and said.resolution <= self.rtol)
            or self._is_close(said)
        )

    def _is_close(self, said: Comparison) -> bool:
        """Whether claim and measure are as near as torch asks, the whole error bar counted in."""
        return bool(said.projections) and all(
            abs(p.claimed - p.measured) + p.bar <= self.atol + self.rtol * abs(p.measured)
            for p in said.projections
        )


def _is_approximation(said: Comparison) -> bool:
    """Whether the difference is too small for a wrong formula."""
    if said.opinion != Opinion.DIFFERS:
        return True
    return said.error is not None and said.error <= APPROXIMATION

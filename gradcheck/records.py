"""What a check has found: frozen, plain data that every report reads and no check changes.

Finding      one claim about one leaf (or one contract), with the verdict on it
Record       all findings on one target, with what was not verified and why
Run          the records of one command
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from gradcheck.comparison import Comparison
from gradcheck.exhibits import Excerpt, Exhibit


class Verdict(StrEnum):
    """The three answers.  There is no fourth: what was not decided is said to be undecided.

    >>> Verdict.VERIFIED == "verified"
    True
    """

    VERIFIED = "verified"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


CONTRACTS = (
    "linearity",
    "accumulation",
    "purity",
    "aliasing",
    "determinism",
    "call_order",
    "layout",
    "shape",
    "dtype",
    "batch",
    "coverage",
)
"""What a backward owes its caller beside the right numbers."""

SYMMETRY = "symmetry"
FORWARD_MODE = "forward_mode"
FROZEN = "frozen"
UNUSED = "unused"
VMAP = "vmap"
PROMISES = (*CONTRACTS, SYMMETRY, FORWARD_MODE, FROZEN, UNUSED, VMAP)
"""The same, with what is asked where it applies: in second order, of a ``jvp``, of a Function."""

PROOFS = ("gradient", "parity", "trajectory")
"""What makes a target verified: right gradients, or a training, or steps, that are torch's."""

ROUNDING = "rounding"
BACKWARD_LINES = "backward lines"
SECOND_ORDER = "second order"
_NO_LEAVES = ("forward", ROUNDING, BACKWARD_LINES, SECOND_ORDER)
"""What may stand beside leaves, contracts and cases among the unverified."""


@dataclass(frozen=True)
class Source:
    """A place in somebody's code: file, line, and the name of the function there."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Cause:
    """What is wrong: a code, and the evidence in one line."""

    code: str
    evidence: str


@dataclass(frozen=True)
class Finding:
    """One claim and the verdict on it.

    Attributes:
        check: ``gradient`` for a leaf's gradient, ``rounding`` for its error in a lower dtype,
            ``parity`` for the losses of a training beside torch's, ``trajectory`` for the steps of
            an optimizer,
            ``forward`` for the output's agreement with torch's counterpart, the name of a
            contract, ``exercise`` where a target could not be run at all, ``reach`` where its turn
            never came.
        leaf: The leaf's name, ``output`` for a forward, None where no leaf is meant.
        verdict: The answer.
        error: The largest relative error that a witness measured.
        resolution: The smallest relative error that this check would have noticed.
        miss_probability: The chance that an error of that size was missed all the same: 0 where
            gradients were compared element by element, not along random directions.
        cause: A code that says what is wrong, else None.
        causes: All that the numbers support, the most telling first, each with its evidence.
        message: One line for a reader.
        ruling: The part of it that says who contradicts whom.
        case: Which arguments and inputs the claim was tried on.
        comparisons: What each witness said.
        source: The backward to look at, where something is wrong.
        statements: What in it writes the leaf's gradient, where that can be told.
    """

    check: str
    leaf: str | None
    verdict: Verdict
    error: float | None = None
    resolution: float | None = None
    miss_probability: float = 0.0
    cause: str | None = None
    message: str = ""
    ruling: str = ""
    case: str = ""
    causes: tuple[Cause, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    source: Source | None = None
    statements: tuple[Source, ...] = ()

    @property
    def places(self) -> tuple[Source, ...]:
        """Where to look: the statements that wrote the gradient, else the backward around them."""
        return self.statements or ((self.source,) if self.source else ())

    @property
    def is_contract(self) -> bool:
        """Whether it is about a promise beside the right numbers."""
        return self.check in PROMISES


@dataclass(frozen=True)
class Record:
    """All that is known of one target after its check.

    Attributes:
        target: The name as the user wrote it, or the class's name.
        findings: Everything that was decided, or tried to be.
        unverified: Leaf or contract that nothing checked → the reason.
        notes: What was assumed or changed to run the check, in words.
        seed: The number from which every random draw followed.
        seconds: How long the check took.
        exhibits: What a report can draw, where it was asked for.
        excerpts: The lines of the backwards to look at, the same.
        fingerprint: Of its source, the options and the versions: where it is the same, so is the
            verdict; empty where nobody asked for it, or knows.
        example: Lines of Python that repeat what is refuted, at the smallest example known.
    """

    target: str
    findings: tuple[Finding, ...]
    unverified: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 0.0
    exhibits: tuple[Exhibit, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    fingerprint: str = ""
    example: str = ""

    @property
    def verdict(self) -> Verdict:
        """Refuted if any finding is; verified only if all are, and one proves it."""
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.REFUTED in verdicts:
            return Verdict.REFUTED
        if verdicts == {Verdict.VERIFIED} and any(f.check in PROOFS for f in self.findings):
            return Verdict.VERIFIED
        return Verdict.UNDECIDED

    @property
    def passed(self) -> bool:
        """Whether everything that was checked is verified."""
        return self.verdict == Verdict.VERIFIED

    @property
    def refutations(self) -> tuple[Finding, ...]:
        """The findings that are refuted, in the order in which they were found."""
        return tuple(f for f in self.findings if f.verdict == Verdict.REFUTED)

    @property
    def cause(self) -> str | None:
        """The cause code of the first refuted finding."""
        return self.refutations[0].cause if self.refutations else None

    @property
    def resolution(self) -> float | None:
        """The coarsest resolution among the gradient findings; None where none was reached."""
        reached = [f.resolution for f in self.findings if f.check == "gradient"]
        known = [resolution for resolution in reached if resolution is not None]
        return max(known) if known and len(known) == len(reached) else None

    @property
    def miss_probability(self) -> float:
        """The largest chance of a miss among the gradient findings."""
        return max((f.miss_probability for f in self.findings if f.check == "gradient"), default=0)

    @property
    def overlooked(self) -> tuple[str, ...]:
        """The leaves, and what may be leaves, that nothing checked; and each case that is wrong.

        Of what else is not verified, contracts and cases that failed, a table has no room to tell.
        """
        return tuple(
            name
            for name, why in self.unverified.items()
            if name not in (*PROMISES, *_NO_LEAVES)
            and (not name.startswith("case ") or why.startswith("wrong"))
        )

    @property
    def exercised(self) -> bool:
        """Whether the target could be built and called at all."""
        return all(finding.check != "exercise" for finding in self.findings)

    @property
    def reached(self) -> bool:
        """Whether its turn came before the run ended."""
        return all(finding.check != "reach" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, fit for JSON: no tensors, no infinities."""
        head = {
            "target": self.target,
            "verdict": str(self.verdict),
            "cause": self.cause,
            "resolution": self.resolution,
            "miss_probability": self.miss_probability,
        }
        plain: dict[str, Any] = _plain({**head, **asdict(self)})
        return plain


@dataclass(frozen=True)
class Run:
    """All records of one command, with what a reader needs to repeat it.

    Attributes:
        records: One for each target, in the order of the command.
        versions: Package → version, of those whose numerics matter.
        seconds: How long the whole run took.
    """

    records: tuple[Record, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def count(self, verdict: Verdict) -> int:
        """How many targets have this verdict."""
        return sum(record.verdict == verdict for record in self.records)

    @property
    def verdict(self) -> Verdict:
        """The worst of all verdicts: refuted before undecided before verified."""
        for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
            if self.count(verdict):
                return verdict
        return Verdict.VERIFIED if self.records else Verdict.UNDECIDED

    def summary(self) -> str:
        """The counts in one line; what did not happen is left out.

        >>> Run(()).summary()
        'nothing checked'
        """
        counts = [f"{self.count(verdict)} {verdict}" for verdict in Verdict if self.count(verdict)]
        idle = sum(not record.exercised for record in self.records)
        if idle:  # such a one is undecided, which comes last, and ends in an exit code of its own
            many = f"{idle} " if idle < self.count(Verdict.UNDECIDED) else ""
            counts[-1] += f" ({many}could not be run)"
        return ", ".join(counts) or "nothing checked"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no infinity; an unknown error is an unknown error
    return value

"""What a contract answers: kept, broken, open, or waived with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gradcheck.records import Finding, Verdict
from gradcheck.subject import Subject


@dataclass(frozen=True)
class Kept:
    """The promise is kept.

    Attributes:
        message: What was measured, where that is more than yes.
    """

    message: str = ""


@dataclass(frozen=True)
class Broken:
    """The promise is broken, and no convention allows it.

    Attributes:
        cause: A code of the common list.
        message: One line for a reader.
        leaf: The leaf that is meant, if it is one alone.
        in_forward: Whether the mistake is to be looked for in the forward.
    """

    cause: str
    message: str
    leaf: str | None = None
    in_forward: bool = False


@dataclass(frozen=True)
class Waived:
    """It does not apply here, could not be asked, or the author is free to do otherwise.

    Attributes:
        reason: Why, as it stands behind "not verified".
        overlooked: What may be a leaf and is checked by nothing, with the reason.
    """

    reason: str
    overlooked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """It cannot be told whether the promise is broken, and somebody should look.

    Attributes:
        message: Why, and what would settle it.
        leaf: What is meant.
    """

    message: str
    leaf: str


Answer = Kept | Broken | Open | Waived


def unless_promised(
    cause: str, message: str, *, promised: bool, in_forward: bool = False
) -> Broken | Waived:
    """Broken where the author promises torch's way; elsewhere a convention of its own."""
    if promised:
        return Broken(cause, message, in_forward=in_forward)
    return Waived(f"{message}: a convention of its own")


def finding_of(
    contract: str, answer: Kept | Broken | Open, subject: Subject, *, case: str
) -> Finding:
    """The answer as every report reads it."""
    if isinstance(answer, Kept):
        return Finding(contract, None, Verdict.VERIFIED, message=answer.message, case=case)
    if isinstance(answer, Open):
        message, leaf = answer.message, answer.leaf
        return Finding(contract, leaf, Verdict.UNDECIDED, message=message, case=case)
    return Finding(
        contract,
        answer.leaf,
        Verdict.REFUTED,
        cause=answer.cause,
        message=answer.message,
        case=case,
        source=subject.forward_source if answer.in_forward else subject.source,
    )

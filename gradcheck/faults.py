"""What fault injection has found: frozen, plain data, as the records of a check are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    """What became of one fault."""

    REFUTED = "refuted"
    CRASHED = "crashed"  # the backward raises, which nobody overlooks
    EQUIVALENT = "equivalent"  # no case shows a difference: the gradients are the same
    UNSEEN = "unseen"  # smaller than the resolution
    ELSEWHERE = "elsewhere"  # in code shared with others, on a line that no case of this one runs
    SURVIVED = "survived"


LEFT_OUT = "left out"
"""The verdict on a target that has no backward of its own: nothing is put into it."""

NOTICED = (Fate.REFUTED, Fate.CRASHED)


@dataclass(frozen=True)
class Fault:
    """One fault, and what the check said of it.

    Attributes:
        kind: ``claim`` where a gradient was changed, ``source`` where the backward was.
        what: The change, in words.
        leaf: Whose gradient was changed; None for a change of the source.
        place: File and line, where the source was changed.
        fate: What became of it.
        cause: The first cause that was named.
        error: How far the changed gradients are from the claimed ones, relative to the largest.
        why: Why it was not refuted.
    """

    kind: str
    what: str
    leaf: str | None
    place: str | None
    fate: Fate
    cause: str | None = None
    error: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Sharpness:
    """The smallest errors of one leaf that were refuted, as powers of ten.

    Attributes:
        leaf: Its name.
        whole: Relative error of the whole gradient; None if not even the largest was seen.
        element: Of the largest element alone, relative to itself.
    """

    leaf: str
    whole: float | None
    element: float | None


@dataclass(frozen=True)
class Injection:
    """All faults of one target.

    Attributes:
        target: Its name.
        verdict: Of the target as it is: only what is verified can be asked what would be missed.
            ``LEFT_OUT`` where it has no backward.
        faults: In the order in which they were tried.
        sharpness: One for each leaf.
        why: What is wrong with the target as it is, if it is not verified.
        seconds: How long it took.
    """

    target: str
    verdict: str
    faults: tuple[Fault, ...] = ()
    sharpness: tuple[Sharpness, ...] = ()
    why: str = ""
    seconds: float = 0.0

    def of(self, *fates: Fate) -> tuple[Fault, ...]:
        """The faults that met one of these fates."""
        return tuple(fault for fault in self.faults if fault.fate in fates)

    @property
    def passed(self) -> bool:
        """Whether the target is verified, and every fault that changes a gradient was noticed."""
        if self.verdict == LEFT_OUT:
            return True
        return self.verdict == "verified" and not self.of(Fate.SURVIVED)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, fit for JSON."""
        plain = asdict(self)
        for fault in plain["faults"]:
            fault["fate"] = str(fault["fate"])
        return plain


def settled(injections: Sequence[Injection]) -> list[Injection]:
    """The same, where what is left to others survives if none of them runs it.

    Of one target alone it cannot be told.

    >>> fault = Fault("source", "+ → -", None, "a.py:3", Fate.ELSEWHERE)
    >>> both = [Injection("A", "verified", (fault,)), Injection("B", "verified")]
    >>> settled(both)[0].faults[0].fate
    <Fate.SURVIVED: 'survived'>
    """
    if len(injections) == 1:
        return list(injections)
    run = {
        (fault.place, fault.what)
        for one in injections
        for fault in one.faults
        if fault.fate != Fate.ELSEWHERE
    }
    return [replace(one, faults=tuple(_left(f, run) for f in one.faults)) for one in injections]


def _left(fault: Fault, run: Collection[tuple[str | None, str]]) -> Fault:
    if fault.fate != Fate.ELSEWHERE or (fault.place, fault.what) in run:
        return fault
    return replace(fault, fate=Fate.SURVIVED, why="no case of any target runs this line")


def all_passed(injections: Sequence[Injection]) -> bool:
    """Whether nothing survived anywhere.

    >>> all_passed([Injection("a", "verified")]), all_passed([Injection("b", "refuted")])
    (True, False)
    """
    return all(injection.passed for injection in injections)

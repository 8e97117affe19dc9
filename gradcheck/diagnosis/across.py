"""One leaf over all cases: what explains every wrong one, and would change no right one.

A factor of 0.25 may be 1/batch, or one half of one half; at another batch it cannot be both.  And
what is right at a batch of four, but zero for a single sample, is no forgotten gradient: it is a
branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradcheck.diagnosis.causes import explanations
from gradcheck.diagnosis.causes.explanation import Explanation
from gradcheck.diagnosis.suspect import Suspect

# Of these it can be told what they would do to a case that is right.
JUDGED = frozenset({"zero", "factor", "sign", "batch_reduction", "ignores_cotangent"})
# Of these each case may have its own: another number, another place.
ALIKE = frozenset(
    {"factor", "slice", "nonlinear_cotangent", "mutation", "permutation", "transpose"}
)
_FEW_AXES = 2


@dataclass(frozen=True)
class Explained:
    """A suspect with all hypotheses that hold of it."""

    suspect: Suspect
    found: tuple[Explanation, ...]

    @classmethod
    def of(cls, suspect: Suspect) -> Explained:
        """Test them all."""
        return cls(suspect, tuple(explanations(suspect)))

    def by_key(self, wanted: Explanation) -> Explanation | None:
        """The hypothesis of that code and key, with the evidence of this case."""
        return next((e for e in self.found if (e.code, e.key) == (wanted.code, wanted.key)), None)

    def by_code(self, code: str) -> Explanation | None:
        """The first of that code."""
        return next((e for e in self.found if e.code == code and not e.weak), None)


def settle(wrong: Sequence[Explained], right: Sequence[Suspect]) -> list[tuple[Explanation, ...]]:
    """For each wrong case its causes, the one that all of them share first; none if unknown."""
    alike = _in_same_mode(wrong, right)
    known: dict[int, Explained] = {}  # of a right case all is asked once

    def is_consistent(candidate: Explanation, suspect: Suspect) -> bool:
        return _consistent(candidate, suspect, known)

    candidates = [e for case in wrong for e in case.found if not e.weak]
    branching: Explanation | None = None
    for code in _by_rank(wrong):
        for candidate in (e for e in candidates if e.code == code):
            if not all(case.by_key(candidate) for case in wrong):
                continue
            if all(is_consistent(candidate, suspect) for suspect in alike):
                return [_first(case, case.by_key(candidate)) for case in wrong]
            branching = branching or candidate
        if branching is None and code in ALIKE and all(case.by_code(code) for case in wrong):
            return [_first(case, case.by_code(code)) for case in wrong]
    if branching is not None:
        where = difference(wrong, alike)
        return [_first(case, _branch(case.by_key(branching), where)) for case in wrong]
    return [() for _ in wrong]


def _by_rank(wrong: Sequence[Explained]) -> list[str]:
    """The codes that hold in some case, those of the more telling hypotheses first."""
    places: dict[str, int] = {}
    for case in wrong:
        for place, code in enumerate(dict.fromkeys(e.code for e in case.found)):
            places[code] = min(places.get(code, place), place)
    return sorted(places, key=lambda code: places[code])


def difference(wrong: Sequence[Explained], right: Sequence[Suspect]) -> str:
    """What the wrong cases have in common and the right ones do not, in words."""
    theirs = {suspect.probe.values[0].dim() for suspect in right}
    axes = {case.suspect.probe.values[0].dim() for case in wrong}
    if not axes & theirs:
        return f"for an input of {_listed(axes)} {'axis' if axes == {1} else 'axes'}"
    batches = {_batch(case.suspect) for case in wrong}
    if not batches & {_batch(suspect) for suspect in right}:
        return f"for a batch of {_listed(batches)}"
    return f"in {_listed({case.suspect.case for case in wrong})}"


def _in_same_mode(wrong: Sequence[Explained], right: Sequence[Suspect]) -> list[Suspect]:
    """The right cases that have the switches of some wrong one.

    A mean and a sum are two formulas; what is wrong in one of them alone is no branch on values.
    """
    modes = [_switches(case.suspect) for case in wrong]
    return [suspect for suspect in right if _switches(suspect) in modes]


def _switches(suspect: Suspect) -> dict[str, str | bool]:
    """What the constructor was given that is no number."""
    options = suspect.subject.options
    return {name: value for name, value in options.items() if isinstance(value, str | bool)}


def _consistent(candidate: Explanation, right: Suspect, known: dict[int, Explained]) -> bool:
    """Whether the mistake would not have shown in a case that is right."""
    if candidate.code not in JUDGED:
        return True
    if candidate.code == "batch_reduction" and (
        right.probe.outputs[0].dim() < _FEW_AXES or _batch(right) == 1
    ):
        return True
    if id(right) not in known:
        known[id(right)] = Explained.of(right)
    return known[id(right)].by_key(candidate) is not None


def _branch(explanation: Explanation | None, where: str) -> Explanation | None:
    if explanation is None:
        return None
    told = f"wrong only {where}: {explanation.evidence}"
    return Explanation("branch", f"{where}: {explanation.key}", told)


def _first(case: Explained, chosen: Explanation | None) -> tuple[Explanation, ...]:
    """The chosen one, then the other codes that hold in this case."""
    if chosen is None:
        return ()
    others = {e.code: e for e in reversed(case.found) if e.code != chosen.code and not e.weak}
    return (chosen, *reversed(others.values()))


def _batch(suspect: Suspect) -> int:
    shape = suspect.probe.values[0].shape
    return shape[0] if len(shape) >= _FEW_AXES else 1


def _listed(items: set[int] | set[str]) -> str:
    return " or ".join(str(item) for item in sorted(items, key=str))

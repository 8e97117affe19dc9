"""What a report draws of a case: gathered after all is decided, and only where it is asked for."""

from __future__ import annotations

import linecache
from collections.abc import Sequence
from pathlib import Path

from gradcheck.comparison import Opinion
from gradcheck.examiners import Positions, Question
from gradcheck.exhibits import Excerpt, Exhibit
from gradcheck.outcome import Outcome
from gradcheck.records import Finding, Source, Verdict
from gradcheck.witnesses.heat import heat
from gradcheck.witnesses.numeric.sweep import sweep

# So many lines stand before the first one to look at, and so many are shown at most.
BEFORE, MOST = 1, 16


def exhibits(question: Question, positions: Positions, outcome: Outcome) -> Positions:
    """Draw each leaf once, in the first case, and again where it is wrong for the first time."""
    if not outcome.options.exhibits:
        return positions
    leaves = {leaf.name: place for place, leaf in enumerate(question.probe.subject.leaves)}
    for finding in outcome.findings:
        if finding.case != question.case or finding.check != "gradient" or not finding.comparisons:
            continue
        position = leaves.get(finding.leaf or "")
        if position is not None and _is_new(finding, outcome):
            outcome.exhibits.append(_exhibit(question, position, finding))
    return positions


def excerpts(outcome: Outcome) -> None:
    """Keep the lines to look at, once it is known which they are."""
    if not outcome.options.exhibits:
        return
    for finding in (*outcome.findings, *outcome.promises):
        excerpt = excerpt_around(finding.places)
        if excerpt and excerpt not in outcome.excerpts:
            outcome.excerpts.append(excerpt)


def _is_new(finding: Finding, outcome: Outcome) -> bool:
    drawn = [exhibit for exhibit in outcome.exhibits if exhibit.leaf == finding.leaf]
    wrong = finding.verdict == Verdict.REFUTED
    return not drawn or (wrong and not any(exhibit.heat for exhibit in drawn))


def _exhibit(question: Question, position: int, finding: Finding) -> Exhibit:
    """What somebody's code raises at a point of the drawing's own costs the drawing alone."""
    said = {comparison.witness: comparison.opinion for comparison in finding.comparisons}
    curve = grid = None
    try:
        curve = sweep(question.shaped, position, question.options.aim)
        if finding.verdict == Verdict.REFUTED:
            trusted = said.get("autograd") == Opinion.DIFFERS
            grid = heat(question.shaped, position, trusted=trusted)
    except Exception:  # noqa: BLE001, S110 there is nothing to decide any more
        pass
    return Exhibit(finding.leaf or "", finding.case, curve, grid)


def excerpt_around(places: Sequence[Source]) -> Excerpt | None:
    """The lines from the first of some places on; None where Python cannot show them."""
    if not places:
        return None
    place = min(places, key=lambda one: one.line)
    lines = linecache.getlines(str(Path(place.file)))
    if not 1 <= place.line <= len(lines):
        return None
    first = max(1, place.line - BEFORE)
    start = lines[place.line - 1]
    # A definition ends at its like, a statement with the block that it stands in.
    least = _indent(start) + start.lstrip().startswith(("def ", "async def ", "class "))
    last = place.line
    while last < len(lines) and last < first - 1 + MOST:
        line = lines[last]
        if line.strip() and _indent(line) < least and not line.lstrip().startswith(")"):
            break  # not the end of a long signature
        last += 1
    shown = [line.rstrip("\n") for line in lines[first - 1 : last]]
    while shown and not shown[-1].strip():
        shown.pop()
    return Excerpt(place.file, first, tuple(shown))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())

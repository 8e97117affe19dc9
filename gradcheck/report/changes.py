"""What changed between two runs: the reports of both, target by target.

refuted   it is now, and was not            a regression
undecided it was verified                   a regression
gone      it was verified, and is not there any more: nothing checks it, a regression
coarser   an error would have to be ten times larger to be seen: a regression
slower    the check takes twice as long, and half a second more: said, no regression
verified, sharper, faster, new              what one likes to read
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcheck.errors import CommandError
from gradcheck.records import Verdict
from gradcheck.report.plain import visible
from gradcheck.report.schema import VERSION

# The resolution of finite differences moves by a few times with the draws.
COARSER = 10.0
# Two runs of the same check differ by half on a machine that does other things as well.
SLOWER, SLOWER_BY = 2.0, 0.5
REGRESSIONS = ("refuted", "undecided", "gone", "coarser")


@dataclass(frozen=True)
class Change:
    """One target, what became of it, and the two values in words."""

    kind: str
    target: str
    words: str

    @property
    def is_regression(self) -> bool:
        """Whether somebody should look at it before the change is merged."""
        return self.kind in REGRESSIONS


def read(path: Path) -> dict[str, Any]:
    """A report that ``--report`` or ``--format json`` wrote.

    Raises:
        CommandError: If it cannot be read, or is no report of this version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise CommandError(f"{path} is no report: expected the report.json of --report")
    if document.get("schema") != VERSION:
        raise CommandError(
            f"{path} has schema {document.get('schema')}, this is gradcheck's {VERSION}: "
            "write both reports with the same version"
        )
    return document


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Every change, the regressions first; targets are known by their names.

    >>> one = {"results": [{"target": "Dense", "verdict": "verified"}]}
    >>> changes(one, {"results": []})
    [Change(kind='gone', target='Dense', words='it was verified')]
    """
    before = {result["target"]: result for result in old["results"]}
    after = {result["target"]: result for result in new["results"]}
    names = list(dict.fromkeys([*before, *after]))
    found = [
        change for name in names for change in _changes(name, before.get(name), after.get(name))
    ]
    return sorted(found, key=lambda change: not change.is_regression)


def render(found: list[Change]) -> str:
    """One line for each change, and the count of regressions."""
    lines = [f"{one.kind:9}  {visible(one.target, 200)}  {one.words}" for one in found]
    regressions = sum(one.is_regression for one in found)
    plural = "" if regressions == 1 else "s"
    lines.append(f"{regressions} regression{plural}" if found else "nothing changed")
    return "\n".join(lines) + "\n"


def _changes(
    name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    if old is None or new is None:
        yield from _came_or_went(name, old, new)
        return
    was, now = old["verdict"], new["verdict"]
    if was != now and not (now == Verdict.UNDECIDED and was == Verdict.REFUTED):
        cause = f", {new['cause']}" if now == Verdict.REFUTED and new.get("cause") else ""
        yield Change(now, name, f"it was {was}{cause}")
    elif was != now:
        yield Change("changed", name, f"it was {was}, and is undecided")
    if was == now == Verdict.VERIFIED:
        yield from _sharpness(name, old.get("resolution"), new.get("resolution"))
    yield from _speed(name, old.get("seconds"), new.get("seconds"))


def _came_or_went(
    name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Iterator[Change]:
    if new is not None:
        kind = "refuted" if new["verdict"] == Verdict.REFUTED else "new"
        yield Change(kind, name, f"it is new, and {new['verdict']}")
    elif old is not None:
        kind = "gone" if old["verdict"] == Verdict.VERIFIED else "changed"
        words = "" if kind == "gone" else ", and is gone"
        yield Change(kind, name, f"it was {old['verdict']}{words}")


def _sharpness(name: str, old: float | None, new: float | None) -> Iterator[Change]:
    if old is not None and (new is None or new > COARSER * old):
        told = "is unknown" if new is None else f"is {new:.0e}"
        yield Change("coarser", name, f"its resolution was {old:.0e}, and {told}")
    elif new is not None and (old is None or old > COARSER * new):
        told = "was unknown" if old is None else f"was {old:.0e}"
        yield Change("sharper", name, f"its resolution {told}, and is {new:.0e}")


def _speed(name: str, old: float | None, new: float | None) -> Iterator[Change]:
    if old is None or new is None:
        return
    for kind, less, more in (("slower", old, new), ("faster", new, old)):
        if more > SLOWER * less and more > less + SLOWER_BY:
            yield Change(kind, name, f"it took {old:.2f} s, and takes {new:.2f} s")

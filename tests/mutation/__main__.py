"""Mutate every backward of scratchnn with mutmut, and explain each mutant that survives.

    python -m tests.mutation                      all of them: half an hour on two cores
    python -m tests.mutation 'scratchnn.linear*'  those whose name is like this

A mutant survives where the checks of all that runs it find every gradient right.  What it changes
must then stand in `survivors.toml`, with the reason why it makes no gradient wrong.  What was
found of a mutant is kept in `mutants/`, and not asked again unless a source has changed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "reports" / "mutation.md"
NAMES = ("*backward*", "*_vjp*")
_CAUGHT = {"killed", "timeout"}
_HEAD = """# Mutants of scratchnn's backwards

Each statement of every backward is changed by [mutmut](https://mutmut.readthedocs.io), one change
at a time, and `gradcheck` is asked about all that runs it.  `tox -e mutation` writes this page.

"""


@dataclass(frozen=True)
class Reason:
    """Why some changes make no gradient wrong.

    Attributes:
        pattern: What is found in such a change: its removed and added lines.
        why: In words.
    """

    pattern: str
    why: str


@dataclass(frozen=True)
class Mutant:
    """One change, and what became of it."""

    name: str
    status: str

    @property
    def change(self) -> str:
        """The lines that it takes away, and those that it puts in their place."""
        lines = _mutmut("show", self.name).splitlines()
        marked = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
        return "\n".join(marked)


def main(words: Sequence[str] | None = None) -> int:
    """Run mutmut, print the survivors that nothing explains, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help="of mutants, with stars")
    told = parser.parse_args(words)
    subprocess.run([sys.executable, "-m", "mutmut", "run", *told.names], check=True)
    found = [mutant for mutant in _mutants() if any(fnmatch(mutant.name, n) for n in told.names)]
    survivors = {m.name: m.change for m in found if m.status not in _CAUGHT}
    reasons = _reasons()
    explained = {name: _reason(change, reasons) for name, change in survivors.items()}
    unexplained = [name for name, reason in explained.items() if reason is None]
    for name in unexplained:
        sys.stdout.write(f"\n{name}\n{survivors[name]}\n")
    counts = f"{len(found)} mutants, {len(survivors)} survive, {len(unexplained)} unexplained"
    sys.stdout.write(f"\n{counts}\n")
    if tuple(told.names) == NAMES:
        REPORT.write_text(
            _page(len(found) - len(survivors), [*explained.values()]), encoding="utf-8"
        )
    return 1 if unexplained or not found else 0


def _mutants() -> Iterator[Mutant]:
    """Every mutant that was asked about."""
    for line in _mutmut("results", "--all", "true").splitlines():
        name, _, status = line.strip().rpartition(": ")
        if name and status != "not checked":
            yield Mutant(name, status)


def _mutmut(*words: str) -> str:
    command = [sys.executable, "-m", "mutmut", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _reasons() -> list[Reason]:
    """The explained changes, those that say most first."""
    table = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    return [Reason(str(one["change"]), str(one["why"])) for one in table["survivor"]]


def _reason(change: str, reasons: Sequence[Reason]) -> Reason | None:
    return next((one for one in reasons if re.search(one.pattern, change)), None)


def _page(noticed: int, reasons: Sequence[Reason | None]) -> str:
    told = Counter(one.why for one in reasons if one)
    rows = [f"| {number} | {why} |" for why, number in told.most_common()]
    table = "\n".join(["| survive | and make no gradient wrong, for |", "|---:|---|", *rows])
    counts = f"{noticed + len(reasons)} mutants: {noticed} noticed, {told.total()} explained below"
    unexplained = len(reasons) - told.total()
    more = f", {unexplained} unexplained" if unexplained else ""
    return f"{_HEAD}{counts}{more}.\n\n{table}\n"


if __name__ == "__main__":
    sys.exit(main())

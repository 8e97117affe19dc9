"""How often the first cause is the right one: a table over all mutants, by family.

    python -m tests.causes.board                the mutants that causes were developed on
    python -m tests.causes.board --held-out     those whose answers were not looked at
    python -m tests.causes.board --all          both

The expected cause stands beside each mutant, written by hand before any answer was known.

Of the 80 that were held out, 67 had the right first cause when their answers were first looked at,
and 2 had a wrong one; of the 121 others, 119 and none.  What was mended afterwards (a decay of the
weight, half a product rule, a complement, a forgotten target) was mended in sight of them all.

Of the 34 in `later`, which were written by somebody who had read none of the hypotheses, the first
16 had 9 right first causes and 3 wrong ones when they were first asked; one was no mutant at its
inputs.  After that was mended, the other 18 were asked for the first time: 16 right, 2 unknown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradcheck
from gradcheck.targets.resolve import resolve
from tests.causes import arrays, functions, images, later, pointwise, sequences
from tests.causes.mutant import Mutant

HERE = Path(__file__).parent
MODULES = (images, sequences, pointwise, arrays, functions, later)
CLASSES = ("linear", "activations", "losses", "sequential")


@dataclass(frozen=True)
class Answer:
    """What is said of one mutant."""

    mutant: Mutant
    verdict: str
    cause: str
    message: str

    @property
    def right(self) -> bool:
        """Whether the first cause is the one that was written down."""
        return self.verdict == "refuted" and self.cause == self.mutant.cause

    @property
    def misleading(self) -> bool:
        """Whether another cause is named."""
        return not self.right and self.cause not in ("unknown", "")


def mutants() -> list[Mutant]:
    """Return all of them."""
    found = [mutant for module in MODULES for mutant in module.MUTANTS]
    for family in CLASSES:
        for target in resolve(str(HERE.parent / "mutants" / f"{family}.py")):
            kind: Any = target.object
            found.append(Mutant(kind.__name__, kind.cause, kind, tuple, family))
    return found


def answer(mutant: Mutant) -> Answer:
    """Check one, its numbers alone."""
    result = gradcheck.check(mutant.target, *mutant.inputs(), contracts=())
    first = result.refutations[0].message if result.refutations else ""
    return Answer(mutant, str(result.verdict), result.cause or "", first)


def table(answers: Sequence[Answer]) -> str:
    """Return one line for each family, and one for all."""
    lines = [f"{'family':<16} {'mutants':>8} {'right':>6} {'unknown':>8} {'misleading':>11}"]
    families = dict.fromkeys(a.mutant.family for a in answers)
    for family in (*families, "all"):
        ours = [a for a in answers if family in (a.mutant.family, "all")]
        right = sum(a.right for a in ours)
        misleading = sum(a.misleading for a in ours)
        silent = len(ours) - right - misleading
        lines.append(f"{family:<16} {len(ours):>8} {right:>6} {silent:>8} {misleading:>11}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and each answer that is not the expected one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    chosen = [
        m
        for m in mutants()
        if (options.all or m.held_out == options.held_out)
        and options.only in f"{m.family} {m.name}"
    ]
    answers = [answer(mutant) for mutant in chosen]
    sys.stdout.write(table(answers) + "\n")
    for a in answers:
        if not a.right:
            told = f"{a.mutant.family}: {a.mutant.name}"
            sys.stdout.write(
                f"\n{told}\n  expected {a.mutant.cause}, {a.verdict} {a.cause}: {a.message[:300]}\n"
            )


if __name__ == "__main__":
    main()

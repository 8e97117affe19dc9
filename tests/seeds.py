"""A package under one seed after the other: no draw may refute a right backward.

    python -m tests.seeds 100                  # all of scratchnn, seeds 0 to 99
    python -m tests.seeds 100 --first 100      # the hundred behind them

Each run is that of ``python -m gradcheck scratchnn --seed N``, in one process, without a report.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from gradcheck import campaign
from gradcheck.options import Options
from gradcheck.records import Verdict
from gradcheck.result import Result
from gradcheck.targets.resolve import resolve


def results(name: str, seeds: Iterable[int]) -> Iterator[Result]:
    """Each target of a package, under each seed."""
    for seed in seeds:
        yield from campaign.run(resolve(name), Options(seed=seed))


def tally(found: Iterable[Result]) -> tuple[Counter[Verdict], list[str]]:
    """How often each verdict was given, and what is said where it is not verified."""
    counts: Counter[Verdict] = Counter()
    told: list[str] = []
    for result in found:
        counts[result.verdict] += 1
        if result.verdict != Verdict.VERIFIED:
            told.append(result.explain())
    return counts, told


def main(
    count: Annotated[int, typer.Argument(help="How many seeds.")] = 10,
    first: Annotated[int, typer.Option(help="The first of them.")] = 0,
    target: Annotated[str, typer.Option(help="What to check.")] = "scratchnn",
) -> None:
    """Check it under each seed; exit with 1 if any backward was refuted."""
    console = Console(stderr=True)
    seeds = track(range(first, first + count), "seeds", console=console)
    counts, told = tally(results(target, seeds))
    console.print(*told, sep="\n\n", markup=False)
    told_counts = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in Verdict)
    typer.echo(f"{target} under {count} seeds from {first}: {told_counts}")
    sys.exit(int(counts[Verdict.REFUTED] > 0))


if __name__ == "__main__":
    typer.run(main)

"""All recipes, several runs each, beside torch.nn on the same runs and beside their reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

import torch

from scratchnn.recipes.figures import FIGURES
from scratchnn.recipes.recipe import Recipe
from scratchnn.recipes.reports import BESIDE, RECIPES
from scratchnn.recipes.runs import Run, max_or_nan, run

ALL: Mapping[str, Recipe] = {**RECIPES, **BESIDE}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        recipe: Its name.
        what: What is measured.
        reported: What the report says.
        ours, theirs: What scratchnn and torch.nn came to, over the same runs.
        drift: How far apart the two losses of any epoch of any run are at most.
    """

    recipe: str
    what: str
    reported: str
    ours: str
    theirs: str
    drift: float


def run_all(names: Sequence[str], runs: int, executor: Executor) -> Iterator[tuple[str, Run]]:
    """Run each recipe from the seeds 0, 1, ..., yielding what is done as it is done."""
    jobs = {executor.submit(_run, name, seed): name for name in names for seed in range(runs)}
    try:
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    finally:
        for job in jobs:
            job.cancel()


def _run(name: str, seed: int) -> Run:
    torch.set_num_threads(1)  # the tensors are small, and there is a process for each core
    return run(ALL[name], seed)


def rows(results: Mapping[str, Sequence[Run]]) -> list[Row]:
    """Measure every figure of the reports of some recipes."""
    return [
        Row(
            recipe=name,
            what=figure.what,
            reported=figure.reported,
            ours=figure.measured([run.ours for run in runs]),
            theirs=figure.measured([run.theirs for run in runs]),
            drift=max_or_nan([run.drift for run in runs]),
        )
        for name, runs in results.items()
        for figure in FIGURES[name]
    ]


def markdown(results: Mapping[str, Sequence[Run]]) -> str:
    """Write the table, and below it what each recipe took from elsewhere than its report."""
    runs = max(len(of_one) for of_one in results.values())
    lines = [
        "# The five reports, reproduced",
        "",
        f"`python -m scratchnn reproduce --runs {runs}`, in float32; mean ± standard deviation.",
        "Both frameworks start each run from the same random weights and see the same batches. The",
        "last column says how far the two losses of any epoch of any run lie apart.",
        "",
        "| recipe | figure | report | scratchnn | torch.nn | loss differs by |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.recipe} | {row.what} | {row.reported} | {row.ours} | {row.theirs} "
        f"| {row.drift:.1g} |"
        for row in rows(results)
    ]
    lines += ["", "What the reports leave open, and how many test points were taken for what:", ""]
    lines += [f"- `{name}`: {ALL[name].source}. {_counts(runs)}" for name, runs in results.items()]
    return "\n".join(lines) + "\n"


def _counts(runs: Sequence[Run]) -> str:
    first = min(runs, key=lambda run: run.seed)
    counts = first.confusion
    return (
        f"Seed {first.seed}: {counts.true_positives} inside and {counts.true_negatives} outside"
        f" right, {counts.false_positives} taken for inside and {counts.false_negatives} for"
        " outside wrongly."
    )

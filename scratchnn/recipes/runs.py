"""Run: a recipe trained once from a seed, here and in torch.nn, and what came of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.recipes.progress import Confusion, Progress, confusion, predictions
from scratchnn.recipes.recipe import Recipe, Start


@dataclass(frozen=True)
class Run:
    """What came of one training.

    Attributes:
        seed: What weights, points and batches were drawn from.
        ours, theirs: Every epoch, of scratchnn and of torch.nn.
        confusion: Who of the test points was taken for what in the end, by scratchnn.
        verdicts: (GRID, GRID), which points of the square scratchnn takes for class 1; the first
            axis is the vertical one, from 0 up.
    """

    seed: int
    ours: tuple[Progress, ...]
    theirs: tuple[Progress, ...]
    confusion: Confusion
    verdicts: Tensor

    @property
    def drift(self) -> float:
        """How far apart the two losses of an epoch are at most.

        NaN where one of them is.
        """
        pairs = zip(self.ours, self.theirs, strict=True)
        return max_or_nan([abs(a.loss - b.loss) for a, b in pairs])


def max_or_nan(values: Sequence[float]) -> float:
    """Return the largest, and NaN if one is: max() would pass it over.

    >>> max_or_nan([1.0, float("nan"), 0.5])
    nan
    """
    return float(torch.tensor(values, dtype=torch.float64).max())


def run(recipe: Recipe, seed: int, dtype: torch.dtype = torch.float32) -> Run:
    """Train in torch.nn, then in scratchnn, from the same start.

    >>> from scratchnn.recipes import perceptron
    >>> run(perceptron, seed=0).drift < 1e-6
    True
    """
    start = recipe.start(seed, dtype)
    theirs = list(
        recipe.train_in_torch(start)
    )  # first: it copies the weights, the other moves them
    ours = list(recipe.train(start))
    return finished(start, ours, theirs)


def finished(start: Start, ours: Sequence[Progress], theirs: Sequence[Progress]) -> Run:
    """Ask the model of `start`, trained by now, for its answers."""
    outputs = predictions(start.model, start.task.test_inputs)
    counts = confusion(outputs, start.task.test_targets)
    return Run(start.seed, tuple(ours), tuple(theirs), counts, start.verdicts())

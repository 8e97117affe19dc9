"""One picture a recipe: the points, the error per epoch, the boundary found, both frameworks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from scratchnn.data import CENTRE, RADIUS
from scratchnn.errors import MissingExtraError
from scratchnn.recipes.progress import Progress, inside
from scratchnn.recipes.recipe import Recipe
from scratchnn.recipes.runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#666666"  # told apart by the colour-blind as well


def draw(recipe: Recipe, runs: Sequence[Run], path: Path) -> None:
    """Draw four panels into a file; its ending says the format.

    Raises   MissingExtraError where matplotlib is missing
    """
    figure = _figure(f"{recipe.name} ({recipe.source.partition(';')[0]})")
    first = min(runs, key=lambda run: run.seed)
    points, errors, boundary, parity = figure.subplots(1, 4)
    _points(points, recipe, first)
    _errors(errors, runs)
    _boundary(boundary, recipe, first)
    _losses(parity, first)
    figure.savefig(path, dpi=100)


def _figure(title: str) -> Figure:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - optional
        from matplotlib.figure import Figure  # noqa: PLC0415 - and takes a second to import
    except ImportError:
        raise MissingExtraError(
            "plots need matplotlib: pip install 'gradcheck-scratchnn[plots]'"
        ) from None
    figure = Figure(figsize=(15, 4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, and no state of its own, unlike pyplot
    figure.suptitle(title)
    return figure


def _points(axes: Axes, recipe: Recipe, run: Run) -> None:
    task = recipe.start(run.seed).task
    points, labels = task.points(task.inputs), inside(task.targets)
    _square(axes, f"{len(points)} training points")
    for label, colour, name in ((labels, BLUE, "class 1"), (~labels, ORANGE, "class 0")):
        x, y = points[label].T.numpy()
        axes.scatter(x, y, s=6, color=colour, label=name)
    axes.legend(loc="upper right", fontsize="small")


def _boundary(axes: Axes, recipe: Recipe, run: Run) -> None:
    _square(axes, f"what is taken for class 1 (seed {run.seed})")
    axes.imshow(
        run.verdicts.numpy(), origin="lower", extent=(0, 1, 0, 1), cmap="Blues", vmin=0, vmax=1.5
    )
    if recipe.name not in {"xor", "perceptron"}:
        angle = torch.linspace(0, 2 * torch.pi, 200)
        x, y = CENTRE + RADIUS * angle.cos(), CENTRE + RADIUS * angle.sin()
        axes.plot(x.numpy(), y.numpy(), color=ORANGE, label="the disk")
        axes.legend(loc="upper right", fontsize="small")


def _square(axes: Axes, title: str) -> None:
    axes.set(title=title, aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def _errors(axes: Axes, runs: Sequence[Run]) -> None:
    axes.set(title=f"error, mean of {len(runs)} and each run", xlabel="epoch", ylabel="%")
    for colour, half, of in (
        (BLUE, "training points", _train_error),
        (ORANGE, "test points", _test_error),
    ):
        curves = torch.tensor([[of(epoch) for epoch in run.ours] for run in runs])
        epochs = range(1, curves.shape[1] + 1)
        axes.plot(epochs, curves.T.numpy(), color=colour, linewidth=0.5, alpha=0.3)
        axes.plot(epochs, curves.mean(dim=0).numpy(), color=colour, label=half)
    axes.set_ylim(bottom=0)
    axes.legend(fontsize="small")


def _losses(axes: Axes, run: Run) -> None:
    axes.set(
        title=f"loss (seed {run.seed}), apart by at most {run.drift:.1g}",
        xlabel="epoch",
        yscale="log",
    )
    epochs = [epoch.number for epoch in run.ours]
    loss: Callable[[Progress], float] = lambda epoch: epoch.loss  # noqa: E731 - twice below
    axes.plot(epochs, [loss(e) for e in run.theirs], color=GREY, linewidth=4, label="torch.nn")
    axes.plot(epochs, [loss(e) for e in run.ours], color=BLUE, label="scratchnn")
    axes.legend(fontsize="small")


def _train_error(epoch: Progress) -> float:
    return 100 * epoch.train_error


def _test_error(epoch: Progress) -> float:
    return 100 * epoch.test_error

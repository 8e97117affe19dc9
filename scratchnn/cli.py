"""The command line: train one recipe and look at it, or run them all beside torch.nn."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich import box
from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from scratchnn.checkpoint import save
from scratchnn.errors import ScratchError
from scratchnn.recipes import plots
from scratchnn.recipes.progress import Confusion, Progress
from scratchnn.recipes.recipe import Recipe
from scratchnn.recipes.reproduce import ALL, markdown, rows, run_all
from scratchnn.recipes.runs import Run, finished

EXIT_COMMAND = 2

_EXAMPLES = """
\b
Examples:
  python -m scratchnn list
  python -m scratchnn train mytorch
  python -m scratchnn train onehot --seed 3 --dtype float64 --plot onehot.png
  python -m scratchnn train mytorch --checkpoint mytorch.safetensors
  python -m scratchnn reproduce --out reports/
  python -m scratchnn reproduce onehot mytorch --runs 3
"""

app = typer.Typer(
    help="Train the recipes of scratchnn: five reports' networks on the disk, and XOR.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # so that the examples keep their lines
)
RecipeName = StrEnum("RecipeName", list(ALL))  # type: ignore[misc] # the names are in reports
DTYPES = {"float32": torch.float32, "float64": torch.float64}
DtypeName = StrEnum("DtypeName", list(DTYPES))  # type: ignore[misc] # the same
FLOAT32 = DtypeName("float32")


@app.command("list")
def list_recipes() -> None:
    """List the recipes, and what each takes from where."""
    table = Table("name", "network", "training", "source", box=box.SIMPLE, show_lines=False)
    for recipe in ALL.values():
        table.add_row(recipe.name, _network(recipe), _training(recipe), recipe.source)
    Console().print(table)


@app.command(epilog=_EXAMPLES)
def train(
    name: Annotated[
        RecipeName, typer.Argument(metavar="NAME", help="One of those that `list` names.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of weights, points and batches.")] = 0,
    dtype: Annotated[DtypeName, typer.Option(help="What everything is computed in.")] = FLOAT32,
    plot: Annotated[
        Path | None, typer.Option(help="Draw points, errors and boundary into this file.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Save the trained weights into this file, as safetensors."),
    ] = None,
) -> None:
    """Train one recipe, printing loss and error of every epoch."""
    for path in (plot, checkpoint):
        _make_room(path)
    recipe, console = ALL[name], Console()
    console.print(f"{recipe.name}: {_network(recipe)}, {_training(recipe)}", highlight=False)
    start = recipe.start(seed, DTYPES[dtype])
    theirs = list(recipe.train_in_torch(start)) if plot else []  # before its weights move
    ours = []
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("epochs", total=recipe.epochs)
        for epoch in recipe.train(start):
            ours.append(epoch)
            bar.console.print(_line(epoch), highlight=False)
            bar.advance(task)
    result = finished(start, ours, theirs)
    console.print(_counted(result.confusion), highlight=False)
    if plot is not None:
        plots.draw(recipe, [result], plot)
        console.print(f"drawn: {plot}", highlight=False)
    if checkpoint is not None:
        save(checkpoint, start.model)
        console.print(f"saved: {checkpoint}", highlight=False)


@app.command(epilog=_EXAMPLES)
def reproduce(
    names: Annotated[
        list[RecipeName] | None, typer.Argument(metavar="[NAME]...", help="All, if none is named.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="How often each is trained.")] = 10,
    out: Annotated[
        Path | None, typer.Option(help="Write recipes.md and a picture of each here.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; one a core.")] = None,
) -> None:
    """Train every recipe several times, beside torch.nn on the same runs and beside its report."""
    if out is not None:
        _make_room(out / "recipes.md")
    console = Console()
    chosen = [str(name) for name in names or ALL]
    results: dict[str, list[Run]] = {name: [] for name in chosen}
    workers = jobs or os.cpu_count() or 1
    with (
        # Forked workers would inherit torch's threads half alive.
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor,
        Bar(console=console, transient=True) as bar,
    ):
        tasks = {name: bar.add_task(name, total=runs) for name in chosen}
        for name, result in run_all(chosen, runs, executor):
            results[name].append(result)
            bar.advance(tasks[name])
    for of_one in results.values():
        of_one.sort(key=lambda result: result.seed)  # the same report for any number of jobs
    console.print(_table(results))
    if out is not None:
        _write(out, results)
        console.print(f"written: {out / 'recipes.md'} and {len(results)} pictures")


def _make_room(path: Path | None) -> None:
    """Make the folder of a file to be written: before the training, not in vain after it."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScratchError(f"{path} cannot be written: {error.strerror}") from None
    if path.is_dir():
        raise ScratchError(f"{path} is a folder: name a file in it")


def _write(folder: Path, results: dict[str, list[Run]]) -> None:
    pictures = folder / "recipes"
    pictures.mkdir(parents=True, exist_ok=True)
    for name, of_one in results.items():
        plots.draw(ALL[name], of_one, pictures / f"{name}.png")
    (folder / "recipes.md").write_text(markdown(results), encoding="utf-8")


def _table(results: dict[str, list[Run]]) -> Table:
    columns = ("recipe", "figure", "report", "scratchnn", "torch.nn", "loss differs by")
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    before = None
    for row in rows(results):
        name = row.recipe if row.recipe != before else ""
        drift = f"{row.drift:.1g}" if name else ""
        table.add_row(name, row.what, row.reported, row.ours, row.theirs, drift)
        before = row.recipe
    return table


def _network(recipe: Recipe) -> str:
    between = ", ".join(module.__name__ for module in recipe.activations)
    return f"{'-'.join(map(str, recipe.sizes))} ({between})"


def _training(recipe: Recipe) -> str:
    loss = recipe.loss()
    momentum = f", momentum {recipe.momentum}" if recipe.momentum else ""
    where = ", stepping in backward" if recipe.self_stepping else ""
    return f"{loss}, lr {recipe.lr}{momentum}, batches of {recipe.batch_size}{where}"


def _line(epoch: Progress) -> str:
    return (
        f"epoch {epoch.number:4}   loss {epoch.loss:10.5f}   "
        f"train error {epoch.train_error:7.2%}   test error {epoch.test_error:7.2%}"
    )


def _counted(counts: Confusion) -> str:
    return (
        f"test points inside:  {counts.true_positives} right, {counts.false_negatives} wrong\n"
        f"test points outside: {counts.true_negatives} right, {counts.false_positives} wrong"
    )


def main() -> None:
    """Run the command line; a refusal is one line, without a traceback."""
    try:
        app()
    except ScratchError as error:
        Console(stderr=True).print(f"{error}", style="red")
        raise SystemExit(EXIT_COMMAND) from None

"""The command line: words to options, options to a run, a run to text and an exit code."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from gradcheck import campaign, diff_command, recognition
from gradcheck.apart import Apart
from gradcheck.cases.expression import parse_shape
from gradcheck.choice import Wishes
from gradcheck.errors import CommandError, ExerciseError, one_line
from gradcheck.faults import Injection, all_passed, settled
from gradcheck.injection import trial
from gradcheck.options import DTYPES, WITNESSES, Options
from gradcheck.records import CONTRACTS, Record, Run, Verdict
from gradcheck.report import document, github, injection
from gradcheck.report.text import WIDTH, layout, render
from gradcheck.stubs import stubbed
from gradcheck.targets import resolve

EXIT_VERIFIED, EXIT_REFUTED, EXIT_COMMAND, EXIT_UNDECIDED = 0, 1, 2, 3

# \b keeps click from joining the lines of a paragraph.
_EPILOG = """
\b
Examples:
  gradcheck scratchnn.Linear             one layer, in all its catalogued cases
  gradcheck scratchnn                    every layer and loss of a package
  gradcheck layers.py:Dense --init "3, 2" --input 5,3
  gradcheck layers.py --report reports/  a page to open, and what a CI server reads
  gradcheck mylib --format github        annotations on the lines of a pull request
  gradcheck diff old.json new.json       what changed between two reports

\b
Exit codes:
  0  all verified
  1  something refuted
  2  the command was wrong, or a target could not be imported, built or called
  3  nothing refuted, but something undecided
"""

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # so that the examples keep their lines
)

WitnessName = StrEnum("WitnessName", WITNESSES)  # type: ignore[misc] # the names are in pipeline
DtypeName = StrEnum("DtypeName", DTYPES)  # type: ignore[misc] # the same


class Format(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command(no_args_is_help=True, epilog=_EPILOG)
def command(  # noqa: PLR0917 typer passes by name
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="A class (scratchnn.Linear), a file (layers.py:Dense or layers.py), a package.",
        ),
    ],
    init: Annotated[
        str | None, typer.Option(help='Constructor arguments, as in "3, 2" or "in_features=3".')
    ] = None,
    shapes: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="SHAPE", help="Shape of an input, as in 5,3; repeatable."),
    ] = None,
    loss: Annotated[
        str,
        typer.Option("--with-loss", metavar="NAME", help="Put this loss behind each target."),
    ] = "",
    reference: Annotated[
        str, typer.Option(metavar="NAME|none", help="Torch module to compare with.")
    ] = "auto",
    witness: Annotated[
        list[WitnessName] | None, typer.Option(help="Ask this witness only; repeatable.")
    ] = None,
    dtype: Annotated[
        DtypeName | None, typer.Option(help="Judge the rounding in this dtype, too.")
    ] = None,
    contract: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME|none", help="Examine this contract only; repeatable."),
    ] = None,
    resolution: Annotated[
        float | None,
        typer.Option(metavar="ERROR", help="What must show, as 1e-9; else it is undecided."),
    ] = None,
    miss_probability: Annotated[
        float, typer.Option(metavar="CHANCE", help="Of overlooking an error that should show.")
    ] = Options.miss_probability,
    seed: Annotated[int, typer.Option(min=0, help="From which every random draw follows.")] = 0,
    examples: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Draw so many cases beside the built-in ones."),
    ] = 0,
    stub: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Stand in for a module that is missing; repeatable."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="End each import or target that takes longer; they run in a process of their own.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write index.html, report.json, junit.xml, ... there."),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TEXT,
    inject: Annotated[
        bool, typer.Option("--inject", help="Put faults in, and tell which are noticed.")
    ] = False,
    list_only: Annotated[
        bool, typer.Option("--list", help="Only print the targets' names.")
    ] = False,
    explain_only: Annotated[
        bool, typer.Option("--explain-adapter", help="Only print what each is taken for, and why.")
    ] = False,
    show_traceback: Annotated[  # `main` reads it, too
        bool, typer.Option("--traceback", help="Show where an error came from.")
    ] = False,
) -> None:
    """Check hand-written backwards: verified, refuted (what, where, whose fault) or undecided."""
    wishes = Wishes(init, tuple(parse_shape(shape) for shape in shapes or ()), loss=loss)
    options = Options(
        witnesses=tuple(str(name) for name in witness or WITNESSES),
        reference=reference,
        seed=seed,
        dtype=dtype and str(dtype),
        contracts=_contracts(contract),
        resolution=resolution,
        miss_probability=miss_probability,
        exhibits=report is not None and not inject,
        examples=examples,
        shrink=True,
    )
    complain = _traced if show_traceback else _unheard
    stand_ins = tuple(stub or ())
    # What somebody's module prints is no part of the answer.
    with (
        stubbed(stand_ins),
        redirect_stdout(sys.stderr),
        _runner(None if explain_only or inject else timeout, stand_ins) as runner,
    ):
        found = [target for name in targets for target in runner.resolve(name, _note)]
        lines = [target.name for target in found] if list_only else []
        if explain_only:
            lines = [line for target in found for line in recognition.told(target, wishes)]
        injections = _injected(found, options, wishes) if inject and not lines else []
        run = None if lines or inject else _run(runner, found, options, wishes, complain)
    if lines:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    if run is None:
        _close_injections(injections, output, report)
    if output == Format.JSON:
        sys.stdout.write(document.render(run))
    elif output == Format.GITHUB:
        sys.stdout.write(github.render(run))
    else:
        _print(run)
    if report is not None:
        from gradcheck.report import folder  # noqa: PLC0415 templates and XML cost 0.1 s

        folder.write(run, report)
    raise typer.Exit(exit_code(run))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a user's mistake costs one line, not a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["diff"]:
            diff_command.app(words[1:], prog_name="gradcheck diff")
        app(words, prog_name="gradcheck")
    except CommandError as error:
        if "--traceback" in words:
            traceback.print_exception(error)
        _refuse(str(error))
    except Exception as error:
        if "--traceback" in words:
            raise
        _refuse(f"{one_line(error)} was not expected: --traceback shows where it came from")


def _refuse(words: str) -> NoReturn:
    _console(sys.stderr).print(Text.assemble(("error: ", "bold red"), words))
    raise SystemExit(EXIT_COMMAND) from None


def exit_code(run: Run) -> int:
    """The exit code of a run: a refutation outweighs all else.

    >>> exit_code(Run(()))
    3
    """
    if run.count(Verdict.REFUTED):
        return EXIT_REFUTED
    if not all(record.exercised for record in run.records):
        return EXIT_COMMAND
    return EXIT_VERIFIED if run.verdict == Verdict.VERIFIED else EXIT_UNDECIDED


def _injected(targets: list[Any], options: Options, wishes: Wishes) -> list[Injection]:
    with _progress(len(targets)) as advance:
        return settled(list(trial.run(targets, options, wishes, on_start=advance)))


def _close_injections(
    injections: Sequence[Injection], output: Format, report: Path | None
) -> NoReturn:
    sys.stdout.write(_told(injections, output))
    if report is not None:
        from gradcheck.report import folder  # noqa: PLC0415 templates and XML cost 0.1 s

        folder.write_injections(injections, report)
    raise typer.Exit(EXIT_VERIFIED if all_passed(injections) else EXIT_REFUTED)


def _told(injections: Sequence[Injection], output: Format) -> str:
    if output == Format.JSON:
        return document.render_injections(injections)
    return injection.render(injections) + "\n"


def _note(words: str) -> None:
    _console(sys.stderr).print(Text.assemble(("note: ", "dim"), words))


def _contracts(names: list[str] | None) -> tuple[str, ...]:
    """All, unless some are named; ``none`` for none."""
    if names and "none" in names:
        if len(names) > 1:
            raise CommandError("contract none: it stands alone, or leave it out to name others")
        return ()
    return tuple(names or CONTRACTS)


@contextmanager
def _runner(timeout: float | None, stand_ins: tuple[str, ...]) -> Iterator[Any]:
    """Who finds and checks the targets: this process, or one that can be ended."""
    if timeout is None:
        yield SimpleNamespace(resolve=resolve, run=campaign.run)
        return
    with Apart(timeout, stand_ins) as apart:
        yield apart


def _traced(error: ExerciseError) -> None:
    traceback.print_exception(error, file=sys.stderr)


def _unheard(error: ExerciseError) -> None:
    del error  # its words stand in the answer


def _run(
    runner: Any,
    targets: list[Any],
    options: Options,
    wishes: Wishes,
    on_error: campaign.Complaint,
) -> Run:
    started = time.perf_counter()
    records: list[Record] = []
    with _progress(len(targets)) as advance:
        records.extend(runner.run(targets, options, wishes, advance, on_error))
    packages = {"gradcheck": "gradcheck-scratchnn", "torch": "torch"}
    return Run(
        records=tuple(records),
        versions={name: version(package) for name, package in packages.items()},
        seconds=time.perf_counter() - started,
    )


@contextmanager
def _progress(total: int) -> Iterator[campaign.Listener]:
    """A bar on standard error while several targets are checked; it vanishes at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = _console(sys.stderr)
    shown = total > 1 and console.is_terminal
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not shown
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda target, done: bar.update(task, description=target.name, completed=done)


def _print(run: Run) -> None:
    console = _console(sys.stdout)
    if console.is_terminal:
        console.print(layout(run), crop=False)
    else:
        sys.stdout.write(render(run) + "\n")


def _console(stream: object) -> Console:
    """A terminal as wide as it is; a pipe as wide as a screen, so that tables are not cut."""
    console = Console(file=stream, highlight=False)  # type: ignore[arg-type] # stdout or stderr
    if not console.is_terminal:
        console.width = WIDTH
    return console

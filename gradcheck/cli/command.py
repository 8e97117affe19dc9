"""The command that checks: words to options, options to a run, a run to text and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import typer

from gradcheck import recognition
from gradcheck.cases.expression import parse_shape
from gradcheck.choice.declarations import strays
from gradcheck.choice.wishes import Wishes
from gradcheck.cli import screen, words
from gradcheck.cli.codes import EXIT_INTERRUPTED, EXIT_REFUTED, EXIT_VERIFIED, exit_code
from gradcheck.engine import resume
from gradcheck.engine.candidate import Candidate
from gradcheck.engine.journal import finish, journal
from gradcheck.engine.run import Request, run
from gradcheck.engine.runner import Runner, chosen
from gradcheck.errors import CommandError, NoTargetError
from gradcheck.faults import Injection, all_passed, settled
from gradcheck.injection import trial
from gradcheck.options import WITNESSES, Options
from gradcheck.processes.limits import Limits, parse_duration, parse_size
from gradcheck.records import CONTRACTS, Run
from gradcheck.report import document, github, injection
from gradcheck.targets.stubs import stubbed

# \b keeps click from joining the lines of a paragraph.
_EPILOG = """
\b
Examples:
  gradcheck scratchnn.Linear             one layer, in all its catalogued cases
  gradcheck scratchnn                    every layer and loss of a package
  gradcheck layers.py:Dense --init "3, 2" --input 5,3
  gradcheck layers.py --report reports/  a page to open, and what a CI server reads
  gradcheck mylib --format github        annotations on the lines of a pull request
  gradcheck mylib --jobs 4 --timeout 60  four at a time; what hangs is ended
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


@app.command(no_args_is_help=True, epilog=_EPILOG)
def command(  # noqa: PLR0917 typer passes by name
    targets: words.Targets,
    init: words.Init = None,
    shapes: words.Shapes = None,
    loss: words.Loss = "",
    reference: words.Reference = "auto",
    witness: words.Witness = None,
    dtype: words.Dtype = None,
    contract: words.Contract = None,
    resolution: words.Resolution = None,
    miss_probability: words.MissProbability = Options.miss_probability,
    seed: words.Seed = 0,
    examples: words.Examples = 0,
    order: words.Order = 1,
    device: words.Device = None,
    stub: words.Stub = None,
    jobs: words.Jobs = None,
    timeout: words.Timeout = None,
    memory: words.Memory = None,
    budget: words.Budget = None,
    executor: words.ExecutorName = "",
    earlier: words.Resume = None,
    report: words.ReportFolder = None,
    output: words.Output = words.Format.TEXT,
    inject: words.Inject = False,
    list_only: words.ListOnly = False,
    explain_only: words.ExplainOnly = False,
    show_traceback: words.ShowTraceback = False,
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
        order=order,
        shrink=True,
        device=device,
    )
    stand_ins = tuple(stub or ())
    limits = Limits(timeout, parse_size(memory) if memory else None)
    seconds = parse_duration(budget) if budget else None
    is_here = explain_only or inject
    timed = seconds is not None
    # What somebody's module prints is no part of the answer.
    with (
        _interruptible(),
        stubbed(stand_ins),
        redirect_stdout(sys.stderr),
        chosen(executor, jobs, limits, stand_ins, is_timed=timed, is_here=is_here) as runner,
    ):
        close: Callable[[], None]
        found = _found(runner, targets)
        for told in strays([one.name for one in found]):
            screen.note(told)
        if explain_only:
            lines = [line for one in found for line in recognition.told(one.origin, wishes)]
            close = partial(_close_list, lines)
        elif list_only:
            close = partial(_close_list, [one.name for one in found])
        elif inject:
            injections = _injected([one.origin for one in found], options, wishes)
            close = partial(_close_injections, injections, output, report)
        else:
            behind = runner.find(loss, screen.note) if loss else ()
            request = Request(options, wishes, seconds)
            request = _remembering(request, found, behind, earlier, report)
            done = _run(runner, found, request, report, shows_trace=show_traceback)
            close = partial(_close, done, output, report)
    close()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Until there is something to report, Ctrl-C ends the command at once."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None


def _found(runner: Runner, typed: Sequence[str]) -> list[Candidate]:
    """What the words stand for; of several, as of ``layers/*.py``, some may hold no backward."""
    found: list[Candidate] = []
    for word in typed:
        try:
            found += runner.find(word, screen.note)
        except NoTargetError as error:
            if len(typed) == 1:
                raise
            screen.note(str(error))
    if not found:
        raise NoTargetError(f"{', '.join(typed)} define nothing with a forward and a backward")
    return found


def _close_list(lines: Sequence[str]) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _remembering(
    request: Request,
    found: Sequence[Candidate],
    behind: Sequence[Candidate],
    earlier: Path | None,
    report: Path | None,
) -> Request:
    """The request with what an earlier run has found, and what a later one must know of this."""
    if earlier is None and report is None:
        return request
    marks = resume.marks(found, behind, request.options, request.wishes)
    before = resume.earlier(earlier) if earlier else {}
    return replace(request, marks=marks, before=before)


def _run(
    runner: Runner,
    found: Sequence[Candidate],
    request: Request,
    report: Path | None,
    *,
    shows_trace: bool,
) -> Run:
    with (
        screen.progress(len(found)) as advance,
        journal(report) if report else nullcontext(screen.nothing) as keep,
    ):
        on_trace = screen.trace if shows_trace else screen.nothing
        return run(runner, found, request, advance, on_trace=on_trace, keep=keep)


def _close(done: Run, output: words.Format, report: Path | None) -> NoReturn:
    """Print the answer, write the report, and end with the answer's code."""
    if output == words.Format.JSON:
        sys.stdout.write(document.render(done))
    elif output == words.Format.GITHUB:
        sys.stdout.write(github.render(done))
    else:
        screen.answer(done)
    if report is not None:
        from gradcheck.report import folder  # noqa: PLC0415 templates and XML cost 0.1 s

        folder.write(done, report)
        finish(report)
    raise typer.Exit(exit_code(done))


def _injected(targets: Sequence[Any], options: Options, wishes: Wishes) -> list[Injection]:
    with screen.progress(len(targets)) as advance:
        done = trial.run(targets, options, wishes, lambda target, done: advance(target.name, done))
        return settled(list(done))


def _close_injections(
    injections: Sequence[Injection], output: words.Format, report: Path | None
) -> NoReturn:
    if output == words.Format.JSON:
        sys.stdout.write(document.render_injections(injections))
    else:
        sys.stdout.write(injection.render(injections) + "\n")
    if report is not None:
        from gradcheck.report import folder  # noqa: PLC0415 templates and XML cost 0.1 s

        folder.write_injections(injections, report)
    raise typer.Exit(EXIT_VERIFIED if all_passed(injections) else EXIT_REFUTED)


def _contracts(names: list[str] | None) -> tuple[str, ...]:
    """All, unless some are named; ``none`` for none."""
    if names and "none" in names:
        if len(names) > 1:
            raise CommandError("contract none: it stands alone, or leave it out to name others")
        return ()
    return tuple(names or CONTRACTS)

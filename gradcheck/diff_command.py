"""``gradcheck diff OLD.json NEW.json``: what changed between two runs, and an exit code for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gradcheck.report.changes import changes, read, render

EXIT_REGRESSION = 1

_EPILOG = """
\b
Examples:
  gradcheck diff main/report.json report/report.json
  gradcheck mylib --report new && gradcheck diff old/report.json new/report.json

\b
Exit codes:
  0  no regression
  1  something became refuted, undecided or coarser, or is no longer checked
  2  a file is no report
"""

app = typer.Typer(
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(no_args_is_help=True, epilog=_EPILOG)
def command(
    old: Annotated[Path, typer.Argument(metavar="OLD.json", help="The report of the run before.")],
    new: Annotated[Path, typer.Argument(metavar="NEW.json", help="The report of the run after.")],
) -> None:
    """Compare two reports: what became refuted, undecided, coarser, slower, or better."""
    found = changes(read(old), read(new))
    sys.stdout.write(render(found))
    raise typer.Exit(EXIT_REGRESSION if any(change.is_regression for change in found) else 0)

"""The words of the command line: one option each, with its help."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gradcheck.options import DTYPES, WITNESSES

WitnessName = StrEnum("WitnessName", WITNESSES)  # type: ignore[misc] # the names are in pipeline
DtypeName = StrEnum("DtypeName", DTYPES)  # type: ignore[misc] # the same


class Format(StrEnum):
    """How the answer is printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


# What is checked.

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET",
        help="A class (scratchnn.Linear), a file (layers.py:Dense or layers.py), a package.",
    ),
]
Init = Annotated[
    str | None,
    typer.Option(metavar="ARGS", help='Constructor arguments, as in "3, 2" or "in_features=3".'),
]
Shapes = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="SHAPE", help="Shape of an input, as in 5,3; repeatable."),
]
Loss = Annotated[
    str, typer.Option("--with-loss", metavar="NAME", help="Put this loss behind each target.")
]
Stub = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Stand in for a module that is missing; repeatable."),
]

# How each is checked.

Reference = Annotated[str, typer.Option(metavar="NAME|none", help="Torch module to compare with.")]
Witness = Annotated[
    list[WitnessName] | None,
    typer.Option(metavar="NAME", help="Ask numeric, autograd or reference only; repeatable."),
]
Dtype = Annotated[
    DtypeName | None,
    typer.Option(metavar="NAME", help="Judge the rounding in it, too: float32, bfloat16, ..."),
]
Contract = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME|none", help="Examine this contract only; repeatable."),
]
Resolution = Annotated[
    float | None,
    typer.Option(metavar="ERROR", help="What must show, as 1e-9; else it is undecided."),
]
MissProbability = Annotated[
    float, typer.Option(metavar="CHANCE", help="Of overlooking an error that should show.")
]
Seed = Annotated[
    int, typer.Option(min=0, metavar="N", help="From which every random draw follows.")
]
Examples = Annotated[
    int, typer.Option(min=0, metavar="N", help="Draw so many cases beside the built-in ones.")
]
Order = Annotated[
    int,
    typer.Option(metavar="1|2", help="2: check the derivative of the backward, too."),
]

Device = Annotated[
    str | None, typer.Option(metavar="NAME", help="Check on this device of torch, such as cuda.")
]

# Where it runs, and how long.

Jobs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Check N at a time, each in a process of its own."),
]
Timeout = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", min=0.1, help="End each import or target that takes longer."),
]
Memory = Annotated[
    str | None, typer.Option(metavar="SIZE", help="End each that takes more, as 512M or 2G.")
]
Budget = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Stop after 60s or 10m; what tells most comes first."),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor", metavar="NAME", help="Check elsewhere: dask:tcp://host:8786 is a cluster."
    ),
]
Resume = Annotated[
    Path | None,
    typer.Option("--resume", metavar="DIR", help="Keep what a report there verified, unchanged."),
]

# What is told.

ReportFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write index.html, report.json, junit.xml, ... there."),
]
Output = Annotated[
    Format, typer.Option("--format", metavar="text|json|github", help="How to print.")
]
Inject = Annotated[
    bool, typer.Option("--inject", help="Put faults in, and tell which are noticed.")
]
ListOnly = Annotated[bool, typer.Option("--list", help="Only print the targets' names.")]
ExplainOnly = Annotated[
    bool, typer.Option("--explain-adapter", help="Only print what each is taken for, and why.")
]
ShowTraceback = Annotated[bool, typer.Option("--traceback", help="Show where an error came from.")]

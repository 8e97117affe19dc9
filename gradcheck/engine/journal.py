"""What a run has found so far, on the disk: whatever ends the process, it can be resumed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from gradcheck.records import Record
from gradcheck.report import restored

NAME = "unfinished.jsonl"


@contextmanager
def journal(folder: Path) -> Iterator[Callable[[Record], None]]:
    """Write each record to a line of a file, which is taken away by :func:`finish`.

    Where that cannot be written nothing is kept: whoever writes the report will say so.
    """
    with ExitStack() as stack:
        stream: TextIO | None = None
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / NAME
            stream = stack.enter_context(path.open("w", encoding="utf-8"))

        def keep(record: Record) -> None:
            if stream is not None:
                stream.write(json.dumps(record.to_dict(), allow_nan=False) + "\n")
                stream.flush()

        yield keep


def finish(folder: Path) -> None:
    """The report holds all of it now."""
    (folder / NAME).unlink(missing_ok=True)


def unfinished(folder: Path) -> dict[str, Record]:
    """The records of a run that was ended before its report, by the names of their targets."""
    found: dict[str, Record] = {}
    with suppress(OSError):
        for line in (folder / NAME).read_text(encoding="utf-8").splitlines():
            with suppress(ValueError):  # the last line may be half a record
                record = restored.record(json.loads(line))
                found[record.target] = record
    return found

"""What an earlier run has found, as far as it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from gradcheck.choice.wishes import Wishes
from gradcheck.engine import fingerprint
from gradcheck.engine.candidate import Candidate
from gradcheck.engine.journal import unfinished
from gradcheck.options import Options
from gradcheck.records import Record
from gradcheck.report import changes, restored


def earlier(folder: Path) -> dict[str, Record]:
    """The records of the report in a folder, and of a run that never came to write its own.

    Raises:
        CommandError: If what lies there is no report of this version.
    """
    path = folder / "report.json"
    found = {}
    for plain in changes.read(path)["results"] if path.is_file() else ():
        with suppress(ValueError):  # an older version's: it is checked again
            one = restored.record(plain)
            found[one.target] = one
    return found | unfinished(folder)


def marks(
    chosen: Sequence[Candidate], behind: Sequence[Candidate], options: Options, wishes: Wishes
) -> dict[str, str]:
    """The fingerprint of each check by its target's name; empty where it cannot be told.

    ``behind`` are the losses that are put behind each.
    """
    losses = [one.source for one in behind]
    common = fingerprint.of(fingerprint.of_tools(), options, wishes, losses)
    sources = {one.name: one.source if all(losses) else "" for one in chosen}
    return {name: mark and fingerprint.of(name, mark, common) for name, mark in sources.items()}


def holds(record: Record | None, mark: str) -> bool:
    """Whether a record need not be made again: it is verified, and nothing has changed since."""
    return record is not None and record.passed and bool(mark) and record.fingerprint == mark

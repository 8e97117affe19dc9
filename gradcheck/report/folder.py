"""A folder with every report of a run; an old report is never left half replaced."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from gradcheck.errors import CommandError
from gradcheck.faults import Injection
from gradcheck.records import Run
from gradcheck.report import badge, document, injection, summary


def write(run: Run, folder: Path) -> tuple[Path, ...]:
    """Write ``report.json``, ``summary.md``, ``badge.svg`` and ``badge.json``.

    Raises:
        CommandError: If the folder cannot be written to.
    """
    contents = {
        "report.json": document.render(run),
        "summary.md": summary.render(run),
        "badge.svg": badge.svg(run),
        "badge.json": badge.endpoint(run),
    }
    return _written(contents, folder)


def write_injections(injections: Sequence[Injection], folder: Path) -> tuple[Path, ...]:
    """Write ``injection.json``, and the table alone as ``injection.md``.

    Raises:
        CommandError: If the folder cannot be written to.
    """
    contents = {
        "injection.json": document.render_injections(injections),
        "injection.md": "\n".join(injection.table(injections)) + "\n",
    }
    return _written(contents, folder)


def _written(contents: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            _replace(folder / name, content)
    except OSError as error:
        raise CommandError(f"the report cannot be written to {folder}: {error}") from error
    return tuple(folder / name for name in contents)


def _replace(path: Path, content: str) -> None:
    """Write beside the file, then rename over it: a reader sees the old file or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise

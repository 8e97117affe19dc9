"""A folder with every report of a run; an old report is never left half replaced."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gradcheck.errors import CommandError
from gradcheck.records import Run
from gradcheck.report import badge, document, junit, page, schema, summary


def write(run: Run, folder: Path) -> tuple[Path, ...]:
    """Write the page, the data with its schema, JUnit XML, the summary and the badge.

    Everything is rendered and written beside the old report first; then one file after the other
    takes the place of its predecessor.  If one cannot, those that did are put back: what is found
    in the folder is the new report or the old one, and whatever else lies there stays.

    Raises:
        CommandError: If the folder cannot be written to.
    """
    contents = {  # a hostile name must not stop the others: none of these raises on any text
        "index.html": page.render(run),
        "report.json": document.render(run),
        "report.schema.json": schema.text(),
        "junit.xml": junit.render(run),
        "summary.md": summary.render(run),
        "badge.svg": badge.svg(run),
        "badge.json": badge.endpoint(run),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".gradcheck-") as beside:
            staged = _staged(contents, Path(beside) / "new")
            _replace_all(staged, folder, Path(beside) / "old")
    except OSError as error:
        raise CommandError(f"the report cannot be written to {folder}: {error}") from error
    return tuple(folder / name for name in contents)


def _staged(contents: Mapping[str, str], folder: Path) -> list[Path]:
    """The new files, whole and on the disk, where nobody looks for them yet."""
    folder.mkdir()
    for name, content in contents.items():
        with (folder / name).open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        (folder / name).chmod(0o644)
    return [folder / name for name in contents]


def _replace_all(staged: list[Path], folder: Path, kept: Path) -> None:
    """Put each file in its place; after an error, or Ctrl-C, everything is as it was."""
    kept.mkdir()
    replaced: list[Path] = []
    try:
        for new in staged:
            place = folder / new.name
            if place.exists():
                shutil.copy2(place, kept / place.name)
            replaced.append(place)
            new.replace(place)
    except BaseException:
        for place in replaced:
            _put_back(place, kept / place.name)
        raise


def _put_back(place: Path, old: Path) -> None:
    if old.exists():
        old.replace(place)
    else:
        place.unlink(missing_ok=True)

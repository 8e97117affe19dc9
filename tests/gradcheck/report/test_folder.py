"""The report's folder: complete, current, and never half written."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gradcheck.errors import CommandError
from gradcheck.records import Finding, Record, Run, Verdict
from gradcheck.report import badge, document, folder, summary

NAMES = {
    "index.html",
    "report.json",
    "report.schema.json",
    "junit.xml",
    "summary.md",
    "badge.svg",
    "badge.json",
}


def run_of(verdict: Verdict) -> Run:
    """Make a run of one target."""
    return Run((Record("ünï.Dense", (Finding("gradient", "w", verdict),)),))


OLD, NEW = run_of(Verdict.VERIFIED), run_of(Verdict.REFUTED)


def contents(path: Path) -> dict[str, str]:
    """Read every file in a folder, hidden ones too."""
    return {file.name: file.read_text(encoding="utf-8") for file in path.iterdir()}


def test_a_report_is_seven_files(tmp_path: Path) -> None:
    """For readers, programs, CI, a pull request, and the badge twice; the paths are returned."""
    written = folder.write(NEW, tmp_path)
    assert {path.name for path in written} == NAMES
    assert all(path.parent == tmp_path for path in written)
    found = contents(tmp_path)
    assert found.keys() == NAMES
    assert found["report.json"] == document.render(NEW)
    assert found["summary.md"] == summary.render(NEW)
    assert found["badge.json"] == badge.endpoint(NEW)
    assert found["badge.svg"].startswith("<?xml")
    assert badge.message(NEW) in found["badge.svg"]


def test_the_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    """With the folders above it."""
    folder.write(NEW, tmp_path / "some" / "where")
    assert set(contents(tmp_path / "some" / "where")) == NAMES


def test_a_new_report_replaces_the_old_one(tmp_path: Path) -> None:
    """And leaves what else lies there."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    folder.write(OLD, tmp_path)
    folder.write(NEW, tmp_path)
    assert contents(tmp_path).keys() == NAMES | {"notes.txt"}
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["verdict"] == "refuted"


def test_a_report_can_be_read_by_everybody(tmp_path: Path) -> None:
    """A temporary file is private; a report is published by another user's web server."""
    for path in folder.write(NEW, tmp_path):
        assert os.access(path, os.R_OK)
        assert path.stat().st_mode & 0o044 == 0o044


def fail_at(patch: pytest.MonkeyPatch, module: Any, name: str, count: int, error: Any) -> None:
    """Let the call of this number fail, and those before it and after it succeed."""
    original, calls = getattr(module, name), itertools.count()

    def call(*arguments: Any, **options: Any) -> Any:
        if next(calls) == count:
            raise error
        return original(*arguments, **options)

    patch.setattr(module, name, call)


FULL = OSError(28, "No space left on device")


@pytest.mark.parametrize("count", range(7))
@pytest.mark.parametrize(("module", "name"), [(os, "fsync"), (Path, "replace"), (shutil, "copy2")])
def test_a_failing_write_leaves_the_old_report(
    module: Any, name: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever file it is that fails: all seven are the old ones, to the byte."""
    folder.write(OLD, tmp_path)
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        fail_at(patch, module, name, count, FULL)
        with pytest.raises(CommandError, match=r"^the report cannot be written to ") as told:
            folder.write(NEW, tmp_path)
    assert str(tmp_path) in str(told.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("count", [0, 3, 6])
def test_an_interrupted_write_leaves_nothing_half_done(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses Ctrl-C is left with no report where there was none, and no hidden folder."""
    with monkeypatch.context() as patch:
        fail_at(patch, Path, "replace", count, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            folder.write(NEW, tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    """Its name is a file's already."""
    file = tmp_path / "report"
    file.write_text("", encoding="utf-8")
    with pytest.raises(CommandError, match=r"^the report cannot be written to .*report: "):
        folder.write(NEW, file)

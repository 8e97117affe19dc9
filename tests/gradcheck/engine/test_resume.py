"""A run that is resumed: what is verified and unchanged is not checked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradcheck.choice.wishes import NO_WISHES
from gradcheck.engine import fingerprint, resume
from gradcheck.engine.answer import answered
from gradcheck.engine.candidate import Candidate
from gradcheck.engine.journal import journal, unfinished
from gradcheck.options import Options
from gradcheck.records import Record
from gradcheck.report import restored
from tests.gradcheck.engine.commands import run

BASE = """
class Base:
    factor = 2
    def forward(self, x): return self.factor * x
    def backward(self, g): return self.factor * g
"""
FILES = {
    "base.py": BASE,
    "child.py": "from base import Base\nclass Child(Base): factor = 3\n",
    "alone.py": BASE.replace("Base", "Alone"),
    "wrong.py": BASE.replace("Base", "Wrong").replace("* g", "* g + g"),
    "lazy.py": BASE.replace("Base", "Lazy").replace(
        "(self, g):", "(self, g):\n        if g is None: import help\n       "
    ),
    "help.py": "",
}
QUICK = ("--contract", "none", "--witness", "autograd")
EVERY = ("alone.py", "base.py", "child.py", "lazy.py", "wrong.py")


@pytest.fixture
def checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files, a report of them, and the names of what is checked from then on."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    names: list[str] = []

    def noted(target: Any, *more: Any) -> Any:
        names.append(target.name.partition(":")[0])
        return answered(target, *more)

    monkeypatch.setattr("gradcheck.engine.runner.answered", noted)
    again()
    assert tuple(names) == EVERY
    names.clear()
    return names


def again(*words: str) -> dict[str, Any]:
    """Run on with the report that is there, and return the new one."""
    code, _ = run(".", *QUICK, "--report", "out", "--resume", "out", *words)
    assert code == 1
    found: dict[str, Any] = json.loads(Path("out/report.json").read_text(encoding="utf-8"))
    return found


def test_what_is_verified_and_unchanged_is_taken_over(checked: list[str], folder: Path) -> None:
    """To the second that it took; what is refuted is checked again."""
    before = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    after = again()
    assert checked == ["wrong.py"]
    assert after["results"][:4] == before["results"][:4]
    assert [result["verdict"] for result in after["results"]] == ["verified"] * 4 + ["refuted"]


@pytest.mark.parametrize(
    ("changed", "again_checked"),
    [
        ("alone.py", ["alone.py", "wrong.py"]),
        ("base.py", ["base.py", "child.py", "wrong.py"]),
        ("help.py", ["lazy.py", "wrong.py"]),
    ],
)
def test_a_change_of_a_file_checks_again_what_is_written_in_it(
    changed: str, again_checked: list[str], checked: list[str], folder: Path
) -> None:
    """Also what inherits from it, or imports it, be it in the middle of a function."""
    (folder / changed).write_text(FILES[changed] + "\n# another\n", encoding="utf-8")
    again()
    assert checked == again_checked


@pytest.mark.parametrize(
    "words", [["--seed", "3"], ["--reference", "none"], ["--dtype", "float32"]]
)
def test_other_options_check_everything_again(words: list[str], checked: list[str]) -> None:
    """What was verified under others says nothing of these."""
    again(*words)
    assert tuple(checked) == EVERY


def test_a_change_of_what_is_declared_checks_again(checked: list[str], folder: Path) -> None:
    """The cases of a project are part of the question."""
    cases = '[tool.gradcheck.cases."alone.py:Alone"]\ninput = "2,3"\n'
    (folder / "pyproject.toml").write_text(cases, encoding="utf-8")
    again()
    assert tuple(checked) == EVERY


def test_other_tools_check_everything_again(
    checked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another torch, another Python, another gradcheck."""
    monkeypatch.setattr(fingerprint, "of_tools", lambda: "others")
    again()
    assert tuple(checked) == EVERY


def test_what_nobody_can_tell_the_source_of_is_checked_again() -> None:
    """No fingerprint is no proof."""
    (mark,) = resume.marks([Candidate("it", 0, None)], [], Options(), NO_WISHES).values()
    assert mark == ""
    assert not resume.holds(Record("it", (), fingerprint=""), mark)


def test_without_a_report_nothing_is_known(tmp_path: Path) -> None:
    """The first run of a pipeline is like any other."""
    assert resume.earlier(tmp_path / "none") == {}


def test_a_run_that_was_killed_is_resumed_from_what_it_had(
    checked: list[str], folder: Path
) -> None:
    """Its journal holds each record as it came, and perhaps half of the last one."""
    whole = (folder / "out" / "report.json").read_text(encoding="utf-8")
    assert not (folder / "out" / "unfinished.jsonl").exists()
    records = [json.dumps(record) for record in json.loads(whole)["results"]]
    (folder / "out" / "report.json").unlink()
    lines = "\n".join([*records[:2], records[2][:100]])
    (folder / "out" / "unfinished.jsonl").write_text(lines, encoding="utf-8")
    again()
    assert checked == ["child.py", "lazy.py", "wrong.py"]
    assert not (folder / "out" / "unfinished.jsonl").exists()


def test_each_record_is_on_the_disk_before_the_next_is_made(tmp_path: Path) -> None:
    """Whatever ends the process then; where nothing can be written, nothing is kept."""
    with journal(tmp_path / "new") as keep:
        keep(Record("one", ()))
        assert list(unfinished(tmp_path / "new")) == ["one"]
    (tmp_path / "file").touch()
    with journal(tmp_path / "file") as keep:
        keep(Record("one", ()))
    assert unfinished(tmp_path / "file") == {}


def test_a_record_is_read_back_as_it_was_written(checked: list[str], folder: Path) -> None:
    """Exhibits, kinks, causes and all."""
    text = (folder / "out" / "report.json").read_text(encoding="utf-8")
    for plain in json.loads(text)["results"]:
        assert restored.record(plain).to_dict() == plain
    with pytest.raises(ValueError, match="no record of this version"):
        restored.record({"target": "it"})

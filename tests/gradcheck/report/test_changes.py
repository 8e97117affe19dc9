"""What changed between two reports, and which of it is a regression."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gradcheck.cli import main
from gradcheck.errors import CommandError
from gradcheck.report import document
from gradcheck.report.changes import changes, read, render
from tests.gradcheck.report.samples import GREEN, RUN


def one(verdict: str = "verified", **fields: Any) -> dict[str, Any]:
    """Make a report of one target."""
    result = {"target": "Dense", "verdict": verdict, "resolution": 1e-12, "seconds": 1.0}
    return {"schema": 1, "results": [{**result, **fields}]}


NOTHING: dict[str, Any] = {"schema": 1, "results": []}


@pytest.mark.parametrize(
    ("old", "new", "kind", "regression"),
    [
        (one(), one("refuted", cause="sign"), "refuted", True),
        (one("undecided"), one("refuted"), "refuted", True),
        (NOTHING, one("refuted"), "refuted", True),
        (one(), one("undecided"), "undecided", True),
        (one(), NOTHING, "gone", True),
        (one(), one(resolution=2e-11), "coarser", True),
        (one(), one(resolution=None), "coarser", True),
        (one(), one(seconds=2.1), "slower", False),
        (one("refuted"), one(), "verified", False),
        (one("undecided"), one(), "verified", False),
        (one("refuted"), one("undecided"), "changed", False),
        (one("refuted"), NOTHING, "changed", False),
        (NOTHING, one(), "new", False),
        (one(resolution=2e-11), one(), "sharper", False),
        (one(seconds=2.1), one(), "faster", False),
    ],
)
def test_each_change_has_its_kind(
    old: dict[str, Any], new: dict[str, Any], kind: str, *, regression: bool
) -> None:
    """And only what is worse than before is a regression."""
    (change,) = changes(old, new)
    assert (change.kind, change.is_regression) == (kind, regression)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (one(), one()),
        (one(), one(resolution=9e-12)),
        (one(), one(seconds=1.9)),
        (one(seconds=0.01), one(seconds=0.4)),
        (one("refuted", resolution=None), one("refuted")),
    ],
)
def test_what_moves_by_itself_is_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    """A resolution by a few times, a short time by anything."""
    assert changes(old, new) == []
    assert render([]) == "nothing changed\n"


def test_the_text_names_what_regressed_first() -> None:
    """One line each, and the count below."""
    old = {"results": [*one("refuted")["results"], {**one()["results"][0], "target": "Tanh"}]}
    new = {"results": [*one()["results"], {**one("refuted")["results"][0], "target": "Tanh"}]}
    assert render(changes(old, new)).splitlines() == [
        "refuted    Tanh  it was verified",
        "verified   Dense  it was refuted",
        "1 regression",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read: "),
        ("[]", "is no report: expected the report.json of --report"),
        ('{"schema": 9, "results": []}', "has schema 9, this is gradcheck's 1"),
    ],
)
def test_what_is_no_report_is_refused(text: str, told: str, tmp_path: Path) -> None:
    """With what was expected."""
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=told):
        read(path)


@pytest.mark.parametrize(("reverse", "code"), [(False, 1), (True, 0)])
def test_the_command_exits_with_1_on_a_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, reverse: bool, code: int
) -> None:
    """A red target that is new is one; its going is none."""
    green, red = tmp_path / "green.json", tmp_path / "red.json"
    green.write_text(document.render(GREEN), encoding="utf-8")
    red.write_text(document.render(RUN), encoding="utf-8")
    files = [str(green), str(red)]
    with pytest.raises(SystemExit) as left:
        main(["diff", *(reversed(files) if reverse else files)])
    assert left.value.code == code
    assert ("1 regression\n" in capsys.readouterr().out) is not reverse


def test_a_file_that_is_missing_costs_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit code 2, as any wrong command."""
    path = tmp_path / "old.json"
    path.write_text(json.dumps(NOTHING), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["diff", str(path), str(tmp_path / "new.json")])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")

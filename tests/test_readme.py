"""Every command and transcript in the README does what the README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradcheck.cli import main
from tests import injected, places

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    """The fenced block right below a comment such as <!-- transcript ... -->."""
    found = re.search(rf"<!-- {marker}[^>]* -->\n```\w+\n(.*?)```", README, flags=re.DOTALL)
    assert found, f"README.md has no block marked {marker}"
    return found[1]


def steady(text: str) -> list[str]:
    """The lines of an answer, without timings and error sizes: they differ between machines."""
    lines = [re.sub(r"\d+\.\d+ s$", "", line) for line in text.splitlines()]
    return [" ".join(re.sub(r"\d(\.\d)?e-\d+", "#", line).split()) for line in lines]


def test_the_wrong_layer_is_refuted_in_the_very_words_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The transcript is what the command prints for the file shown above it."""
    (tmp_path / "layers.py").write_text(block("file: layers.py"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command, _, shown = block("transcript").partition("\n")
    words = command.removeprefix("$ python -m gradcheck ").split()
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    assert steady(capsys.readouterr().out) == steady(shown)


def test_a_framework_of_ones_own_is_answered_in_the_very_words_of_the_readme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the intention that its project declares."""
    for name in ("course.py", "pyproject.toml"):
        (tmp_path / name).write_text(block(f"file: {name}"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    command, _, shown = block("own transcript").partition("\n")
    with pytest.raises(SystemExit) as ended:
        main(command.removeprefix("$ python -m gradcheck ").split())
    assert ended.value.code == 1
    assert steady(capsys.readouterr().out) == steady(shown)


def test_the_faults_that_were_noticed_are_those_of_the_report() -> None:
    """What `tox -e injection` has written stands here, too."""
    page = injected.PAGE.read_text(encoding="utf-8")
    assert places.written(injected.PLACE) == injected.told(page)
    assert injected.counts(page)[-1] == 0


def test_the_main_command_ends_in_a_check_of_linear() -> None:
    """It builds its own environment, installs the project there, and checks one layer."""
    steps = [step.strip() for step in block("main-command").split("&&")]
    assert steps[0] == "python3 -m venv .venv"
    assert steps[-1] == ".venv/bin/python -m gradcheck scratchnn.Linear"


@pytest.mark.parametrize("path", re.findall(r"\b((?:tests|reports)/[\w/]+\.\w+)", README))
def test_every_file_that_the_readme_names_is_there(path: str) -> None:
    """No path leads nowhere."""
    assert (Path(__file__).parent.parent / path).exists()

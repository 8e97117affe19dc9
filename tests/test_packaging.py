"""What is shipped, how it is installed and how it is tested, as claims."""

from __future__ import annotations

import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TEST_COMMAND = "python3 -m venv .venv && .venv/bin/pip install -q tox tox-uv && .venv/bin/tox"

# Spelled so that this file does not match: homes and mounts of one machine, and places where
# packages come from. A project that names either works for its author alone.
PRIVATE = re.compile(
    r"(?<![\w.-])/(?:root|home|Users|opt|mnt|work|private)/[\w.]"
    r"|[A-Z]:\\{1,2}Users\b"
    r"|(?:pypi|python(?:hosted)|npmjs|debian)\.(?:org|com)"
    r"|--(?:extra-)?index-url|--find-(?:links)|(?:UV|PIP)_(?:\w+_)?INDEX|/simple(?:/)"
)


def tracked_files() -> list[Path]:
    """Return every file that git keeps or is about to keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def private_lines(text: str) -> list[str]:
    """Return the lines that name a folder of one machine or an address of a registry."""
    return [line for line in text.splitlines() if PRIVATE.search(line)]


def requirements_without_reason(text: str) -> list[str]:
    """Return the requirements of a pyproject.toml that no sentence of comment precedes."""
    lines = text.splitlines()
    return [
        line.strip()
        for above, line in zip(["", *lines], lines, strict=False)
        if re.match(r'    "[\w-]+>=[\w.]+"', line) and not re.match(r"    # [A-Z].+ .+\.$", above)
    ]


def run_ci(folder: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of .ci/run in a folder that holds nothing but this README."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")
    (folder / "README.md").write_text(readme, encoding="utf-8")
    command = [str(folder / ".ci" / "run")]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def readme_with(command: str) -> str:
    """Return a README whose test command is `command`."""
    return f"# Example\n\n```sh\necho no\n```\n\n<!-- test-command -->\n```sh\n{command}\n```\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return the wheel that users install, built from this folder."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Tests, reports and settings stay at home."""
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    metadata = f"gradcheck_scratchnn-{PROJECT['project']['version']}.dist-info"
    assert tops == {"gradcheck", "scratchnn", metadata}


@pytest.mark.parametrize("package", ["gradcheck", "scratchnn"])
def test_the_wheel_holds_every_file_of_a_package(wheel: zipfile.ZipFile, package: str) -> None:
    """Also what is not Python: the mark that the package is typed, and any template."""
    kept = {
        str(path.relative_to(ROOT)) for path in tracked_files() if ROOT / package in path.parents
    }
    assert f"{package}/py.typed" in kept
    assert kept <= set(wheel.namelist())


def test_the_wheel_states_licence_and_python() -> None:
    """The licence is MIT, its text is shipped, and old Pythons are refused by the installer."""
    project = PROJECT["project"]
    assert project["license"] == "MIT"
    assert "MIT License" in (ROOT / project["license-files"][0]).read_text(encoding="utf-8")
    assert project["requires-python"] == ">=3.11"


def test_every_requirement_has_its_reason() -> None:
    """Above each dependency stands a sentence that says what it is needed for."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    groups = [
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    listed = [requirement for group in groups for requirement in group]
    assert len(re.findall(r'^    "[\w-]+>=[\w.]+",$', text, re.MULTILINE)) == len(listed)
    assert requirements_without_reason(text) == []


def test_a_requirement_without_a_reason_is_found() -> None:
    """A bare requirement, or one that shares its neighbour's reason, is reported."""
    text = 'x = [\n    # Draws the plots.\n    "matplotlib>=3",\n    "seaborn>=1",\n]\n'
    assert requirements_without_reason(text) == ['"seaborn>=1",']


def test_the_console_script_resolves() -> None:
    """What the installer writes into `bin` can be imported and called."""
    scripts = PROJECT["project"]["scripts"]
    assert scripts == {"gradcheck": "gradcheck.cli:main"}
    assert all(callable(pkgutil.resolve_name(target)) for target in scripts.values())


def test_gradcheck_runs_as_a_module() -> None:
    """`python -m gradcheck --help` explains itself."""
    command = [sys.executable, "-m", "gradcheck", "--help"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower()


def test_there_is_one_tox_environment_per_promise() -> None:
    """Every Python that the classifiers promise is tested, and so are style and types."""
    prefix = "Programming Language :: Python :: 3."
    classifiers = PROJECT["project"]["classifiers"]
    promised = {f"py3{text.removeprefix(prefix)}" for text in classifiers if prefix in text}
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^env_list = (.+)$", settings, re.MULTILINE)
    assert promised | {"lint", "types"} == set(listed.split(", "))


def test_no_interpreter_is_ever_downloaded() -> None:
    """A missing Python is skipped: a test run fetches packages and nothing else."""
    settings = (ROOT / "tox.ini").read_text(encoding="utf-8")
    assert "UV_PYTHON_DOWNLOADS = never" in settings
    assert "skip_missing_interpreters = true" in settings


def test_the_readme_says_how_to_test() -> None:
    """The one command that a stranger copies is the one that CI runs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(
        r"^<!-- test-command -->\n```\w*\n(.+?)\n```$", readme, re.MULTILINE | re.DOTALL
    )
    assert block
    assert block[1] == TEST_COMMAND


def test_ci_runs_the_command_of_the_readme(tmp_path: Path) -> None:
    """Only the marked block runs, in the project's folder, and its tests are counted."""
    lines = "pwd >where\necho '=== 12 passed, 1 skipped in 0.50s ==='\necho '3 passed in 1.00s'"
    done = run_ci(tmp_path, readme_with(lines))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "where").read_text(encoding="utf-8").strip() == os.path.realpath(tmp_path)
    assert done.stdout.splitlines()[-1] == "15 passed, 0 failed"
    assert "no" not in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("echo '== 3 passed in 1.00s =='; exit 7", 7),
        ("false\necho '== 3 passed in 1.00s =='", 1),
        ("echo '== no tests ran in 0.01s =='", 1),
        ("true", 1),
    ],
)
def test_ci_fails_when_the_tests_do(tmp_path: Path, command: str, code: int) -> None:
    """A failing command, a failing first line and a run without tests are all red."""
    assert run_ci(tmp_path, readme_with(command)).returncode == code


def test_ci_fails_without_a_test_command(tmp_path: Path) -> None:
    """A README that lost its marker is no reason to pass."""
    done = run_ci(tmp_path, "# Example\n\n```sh\ntrue\n```\n")
    assert done.returncode == 2
    assert "<!-- test-command -->" in done.stderr


def test_ci_counts_failures_and_errors(tmp_path: Path) -> None:
    """The closing line adds up every environment, and errors count as failures."""
    lines = "echo '== 2 failed, 5 passed in 1.00s =='\necho '= 1 passed, 1 error in 2.00s ='\nfalse"
    assert run_ci(tmp_path, readme_with(lines)).stdout.endswith("6 passed, 3 failed\n")


def test_the_workflow_runs_the_same_script() -> None:
    """The hosted CI adds nothing of its own but the interpreters."""
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    assert re.findall(r"- run: (.+)", workflow) == [".ci/run"]


def test_no_file_names_a_machine_or_a_registry() -> None:
    """What is committed works in any folder, with whatever index the reader has set up."""
    files = [path for path in tracked_files() if path.suffix not in {".png", ".jpg"}]
    assert ROOT / "pyproject.toml" in files
    found = {str(path): private_lines(path.read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "parts",
    [
        ("cd /", "root/project"),
        ("see /", "home/ann/notes"),
        ("file:///", "opt/wheels"),
        ("C:", "\\Users\\ann"),
        ("pip install --", "index-url x"),
        ("UV_", "INDEX=x"),
        ("https://files.python", "hosted.org"),
    ],
)
def test_a_private_line_is_found(parts: tuple[str, str]) -> None:
    """The search for machine paths and registries can fail; in halves, this file passes it."""
    assert private_lines("".join(parts))


def test_there_is_no_lock_file() -> None:
    """A library is tested against what its users will get today."""
    names = {path.name for path in tracked_files()}
    assert not names & {"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.txt"}

"""reports/complaints.md, made of the names and first lines of the tests beside this file.

`python -m tests.complaints.page` writes it anew, and with `--write-readme` also what the README
tells of it: what is complained of, by the threads that do.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

from tests import places

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "reports/complaints.md"
REPOSITORIES = {
    "caffe": "BVLC/caffe",
    "ceres": "ceres-solver/ceres-solver",
    "chainer": "chainer/chainer",
    "glow": "pytorch/glow",
    "jax": "jax-ml/jax",
    "kornia": "kornia/kornia",
    "openmdao": "OpenMDAO/OpenMDAO",
    "pytorch": "pytorch/pytorch",
    "tensorflow": "tensorflow/tensorflow",
}
NAME = re.compile(r"test_(?P<project>[a-z]+)_(?P<pr>pr_)?(?P<number>\d+)_(?P<complaint>\w+)")
PLACE = "complaints"
HEAD = """# What users complain about, and what is answered here

Each line is a test that rebuilds the situation of the thread in a few lines of its own; where the
tool of the thread is torch's, most of them also show that it still answers as it did.
`pytest tests/complaints` runs them. One thread on the list was not rebuilt, as its text is nowhere
at hand: pytorch#44662.

| thread | complaint | what happened there, and what is done here |
|---|---|---|
"""


def modules() -> Iterator[ModuleType]:
    """The files of complaints, each about one subject."""
    for path in sorted(HERE.glob("test_*.py")):
        yield importlib.import_module(f"tests.complaints.{path.stem}")


def complaints_in(module: ModuleType) -> Iterator[FunctionType]:
    """Every test of a thread in one file."""
    return (test for name, test in vars(module).items() if NAME.fullmatch(name))


def complaints() -> Iterator[FunctionType]:
    """The same, file by file."""
    return (test for module in modules() for test in complaints_in(module))


def link(test: FunctionType) -> str:
    """The thread of a test.

    Raises:
        AssertionError: If its name tells none.
    """
    found = NAME.fullmatch(test.__name__)
    assert found
    project, number = found["project"], found["number"]
    kind = "pull" if found["pr"] else "issues"
    address = f"https://github.com/{REPOSITORIES[project]}/{kind}/{number}"
    return f"[{project}#{number}]({address})"


def row(test: FunctionType) -> str:
    """One line of the table.

    Raises:
        AssertionError: If the test says nothing.
    """
    found = NAME.fullmatch(test.__name__)
    said = inspect.getdoc(test)
    assert found
    assert said
    words = found["complaint"].replace("_", " ")
    return f"| {link(test)} | {words} | {' '.join(said.split())} |"


def summary() -> str:
    """What the README tells: a line for each subject, with its threads."""
    lines = ["| complaints | threads |", "|---|---|"]
    for module in modules():
        threads = dict.fromkeys(link(test) for test in complaints_in(module))
        if threads:
            subject = (inspect.getdoc(module) or "").removeprefix("Complaints ").rstrip(".")
            lines.append(f"| {subject} | {', '.join(threads)} |")
    return "\n".join(lines)


def page() -> str:
    """The whole page."""
    return HEAD + "\n".join(row(test) for test in complaints()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    if "--write-readme" in sys.argv[1:]:
        places.write(PLACE, summary())

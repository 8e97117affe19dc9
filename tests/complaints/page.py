"""reports/complaints.md, made of the names and first lines of the tests beside this file.

`python -m tests.complaints.page` writes it anew.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

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
HEAD = """# What users complain about, and what is answered here

Each line is a test that rebuilds the situation of the thread in a few lines of its own; where the
tool of the thread is torch's, most of them also show that it still answers as it did.
`pytest tests/complaints` runs them. Two threads on the list were not rebuilt, as their text was not
at hand: pytorch#44662 and chainer#8025.

| thread | complaint | what happened there, and what is done here |
|---|---|---|
"""


def complaints() -> Iterator[FunctionType]:
    """Every test of a thread, file by file."""
    for path in sorted(HERE.glob("test_*.py")):
        module = importlib.import_module(f"tests.complaints.{path.stem}")
        for name, test in vars(module).items():
            if NAME.fullmatch(name):
                yield test


def row(test: FunctionType) -> str:
    """One line of the table.

    Raises:
        AssertionError: If the test says nothing.
    """
    found = NAME.fullmatch(test.__name__)
    said = inspect.getdoc(test)
    assert found
    assert said
    project, number = found["project"], found["number"]
    kind = "pull" if found["pr"] else "issues"
    link = f"https://github.com/{REPOSITORIES[project]}/{kind}/{number}"
    words = found["complaint"].replace("_", " ")
    return f"| [{project}#{number}]({link}) | {words} | {' '.join(said.split())} |"


def page() -> str:
    """The whole page."""
    return HEAD + "\n".join(row(test) for test in complaints()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

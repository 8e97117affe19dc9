"""Every Function of `functions.py`, with no option: the right verified, the wrong refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gradcheck
from gradcheck.targets.resolve import resolve

FILE = Path(__file__).parent / "functions.py"
FUNCTIONS: dict[str, Any] = {target.object.__name__: target.object for target in resolve(str(FILE))}
WRONG = {name: one for name, one in FUNCTIONS.items() if "broken" in vars(one)}
RIGHT = {name: one for name, one in FUNCTIONS.items() if name not in WRONG}


def test_all_of_them_are_found() -> None:
    """A file stands for every Function in it."""
    assert len(RIGHT) > 10
    assert len(WRONG) > 10


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_is_verified(name: str) -> None:
    """With its inputs found from the forward's signature."""
    result = gradcheck.check(f"{FILE}:{name}")
    assert result.verdict == "verified", result.explain()
    assert all(finding.resolution < 1e-8 for finding in result.findings if finding.resolution)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_refuted_for_its_mistake(name: str) -> None:
    """By the check that it says, at the line where its own backward or its base's stands."""
    result = gradcheck.check(f"{FILE}:{name}")
    checks = {finding.check for finding in result.refutations}
    assert WRONG[name].broken in checks, result.explain()
    assert all(finding.source for finding in result.refutations)

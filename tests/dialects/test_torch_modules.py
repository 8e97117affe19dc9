"""Every Module of `torch_modules.py`, with no option: the right verified, the wrong refuted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gradcheck
from gradcheck.targets.resolve import resolve

FILE = Path(__file__).parent / "torch_modules.py"
MODULES: dict[str, Any] = {target.object.__name__: target.object for target in resolve(str(FILE))}


def test_all_of_them_are_found() -> None:
    """A Module around a hand-written Function is a target."""
    assert MODULES.keys() == {
        *("Linear", "CallsAnAlias", "CallsNumPy", "Training", "Scales", "RightOnce")
    }


@pytest.mark.parametrize("name", [name for name, one in MODULES.items() if hasattr(one, "right")])
def test_a_right_module_is_verified(name: str) -> None:
    """Its input and every parameter."""
    result = gradcheck.check(f"{FILE}:{name}")
    assert result.verdict == "verified", result.explain()
    leaves = {finding.leaf for finding in result.findings if finding.check == "gradient"}
    assert "input" in leaves
    assert any(leaf.endswith("weight") for leaf in leaves if leaf)


@pytest.mark.parametrize("name", [name for name, one in MODULES.items() if hasattr(one, "broken")])
def test_a_wrong_module_is_refuted_for_its_mistake(name: str) -> None:
    """At the backward of the Function inside."""
    result = gradcheck.check(f"{FILE}:{name}")
    checks = {finding.check for finding in result.refutations}
    assert MODULES[name].broken in checks, result.explain()
    sources = {finding.source.file for finding in result.refutations if finding.source}
    assert {Path(source).name for source in sources} == {"functions.py"}

"""A picture is drawn for any recipe, and its lack of matplotlib is said in one line."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scratchnn import errors
from scratchnn.recipes import RECIPES, plots, xor
from scratchnn.recipes.runs import run


@pytest.mark.parametrize("name", ["xor", "onehot"])
def test_a_picture_has_four_panels_side_by_side(name: str, tmp_path: Path) -> None:
    """1500 by 400 pixels, and not a blank page: more than a frame's worth of bytes."""
    recipe = replace({**RECIPES, "xor": xor}[name], epochs=2)
    plots.draw(recipe, [run(recipe, 0), run(recipe, 1)], tmp_path / "picture.png")
    data = (tmp_path / "picture.png").read_bytes()
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert (width, height) == (1500, 400)
    assert len(data) > 20_000


def test_without_matplotlib_the_fix_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The extra that installs it."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(errors.MissingExtraError, match=r"gradcheck-scratchnn\[plots\]"):
        plots.draw(xor, [run(replace(xor, epochs=1), 0)], tmp_path / "picture.png")

"""The table finds its place in the README, or says that there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.board import Board, Row, checks


def filled() -> Board:
    """Return a board with two durations and one tool that was not asked everything."""
    board = checks()
    board.time(Row.LARGE, "torch slow", 2.0)
    board.time(Row.LARGE, "gradcheck", 0.005)
    board.put(Row.MUTANTS, "gradcheck", "9 of 9")
    return board


def test_the_table_is_markdown_in_the_order_of_the_questions() -> None:
    """One line each, a dash where nothing was measured, and no column for a tool never asked."""
    _, rule, large, mutants = filled().markdown().splitlines()
    assert set(rule) == {"|", "-"}
    assert [cell.strip() for cell in large.split("|")[2:-1]] == ["5.0 ms", "2.0 s"]
    assert [cell.strip() for cell in mutants.split("|")[2:-1]] == ["9 of 9", "–"]


def test_a_table_replaces_the_one_before(tmp_path: Path) -> None:
    """Written twice, it stands there once, and the text around it stays."""
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- benchmarks -->\n<!-- /benchmarks -->\nb\n", encoding="utf-8")
    board = filled()
    board.write(readme)
    board.write(readme)
    expected = f"a\n<!-- benchmarks -->\n{board.markdown()}\n<!-- /benchmarks -->\nb\n"
    assert readme.read_text(encoding="utf-8") == expected


def test_a_readme_without_a_place_is_refused(tmp_path: Path) -> None:
    """Nothing is lost silently."""
    readme = tmp_path / "README.md"
    readme.write_text("a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="0 places"):
        filled().write(readme)

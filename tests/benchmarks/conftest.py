"""The board that every benchmark writes to, printed when all are done."""

from __future__ import annotations

import pytest

from tests.benchmarks.board import Board

BOARD = pytest.StashKey[Board]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that refreshes the README."""
    parser.addoption("--write-readme", action="store_true", help="put the table into README.md")


def pytest_configure(config: pytest.Config) -> None:
    """Hang up an empty board."""
    config.stash[BOARD] = Board()


@pytest.fixture
def board(pytestconfig: pytest.Config) -> Board:
    """Return the board of this run."""
    return pytestconfig.stash[BOARD]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and put it into the README if that was asked for."""
    board = config.stash[BOARD]
    if not board.cells:
        return
    terminalreporter.section("beside other tools")
    terminalreporter.write_line(board.markdown())
    if config.getoption("--write-readme"):
        board.write()

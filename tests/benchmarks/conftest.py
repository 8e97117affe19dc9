"""The boards that benchmarks write to, printed when all are done."""

from __future__ import annotations

import pytest

from tests.benchmarks.board import Board, checks, training

CHECKS, TRAINING = pytest.StashKey[Board](), pytest.StashKey[Board]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that refreshes the README."""
    parser.addoption("--write-readme", action="store_true", help="put the tables into README.md")


def pytest_configure(config: pytest.Config) -> None:
    """Hang up empty boards."""
    config.stash[CHECKS], config.stash[TRAINING] = checks(), training()


@pytest.fixture
def board(pytestconfig: pytest.Config) -> Board:
    """Return the board of this run's gradient checks."""
    return pytestconfig.stash[CHECKS]


@pytest.fixture
def training_board(pytestconfig: pytest.Config) -> Board:
    """Return the board of this run's training steps."""
    return pytestconfig.stash[TRAINING]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the tables, and put them into the README if that was asked for."""
    for board in (config.stash[CHECKS], config.stash[TRAINING]):
        if not board.cells:
            continue
        terminalreporter.section(board.place)
        terminalreporter.write_line(board.markdown())
        if config.getoption("--write-readme"):
            board.write()

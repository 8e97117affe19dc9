"""The pytest plugin: one option, one fixture, one marker, and no torch until a test wants it.

    pytest --gradcheck mylib            one test for each module and case, beside the others
    pytest gradcheck::mylib.Dense       those of one module alone
    def test_dense(gradcheck): ...      checks with the test's own seed

What makes tests of targets is in :mod:`gradcheck.plugin.collection`, which is imported only where
there are targets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gradcheck.plugin.checker import Checker

PREFIX = "gradcheck"
POLICIES = ("fail", "skip", "xfail")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options, and what may stand for them in the settings."""
    group = parser.getgroup("gradcheck", "gradients: hand-written backwards")
    group.addoption(
        "--gradcheck",
        metavar="TARGET",
        action="append",
        default=[],
        help="collect a test for each module and case of a package, a file or a class; repeatable",
    )
    group.addoption(
        "--gradcheck-undecided",
        choices=POLICIES,
        default=None,
        help="what becomes of a gradient that nobody can decide (default: fail)",
    )
    group.addoption(
        "--gradcheck-seed",
        type=int,
        metavar="N",
        default=None,
        help="from which every random draw follows",
    )
    parser.addini("gradcheck_targets", "as --gradcheck", type="args", default=[])
    parser.addini("gradcheck_undecided", "as --gradcheck-undecided", default="fail")


def pytest_configure(config: pytest.Config) -> None:
    """Load the collector of targets, if there are any."""
    config.addinivalue_line("markers", "gradcheck: a test that `--gradcheck` has collected")
    config.option.gradcheck_undecided = _policy(config)
    _choose(config)
    if config.option.gradcheck:
        config.pluginmanager.register(import_module("gradcheck.plugin.collection"))


def _policy(config: pytest.Config) -> str:
    """What becomes of a test that nobody can decide; the command line goes before the settings."""
    chosen: str = config.option.gradcheck_undecided or config.getini("gradcheck_undecided")
    if chosen not in POLICIES:
        raise pytest.UsageError(f"gradcheck_undecided={chosen}: choose from {', '.join(POLICIES)}")
    return chosen


def _choose(config: pytest.Config) -> None:
    """Part node ids of ours from files, and say in the options what is to be collected.

    The targets of the settings belong to a run of everything, not to one of a single file.
    """
    option, given = config.option, config.args_source == config.ArgsSource.ARGS
    ids = [name for name in config.args if name.startswith(f"{PREFIX}::")]
    named = [*option.gradcheck, *(name.split("::")[1] for name in ids)]
    option.gradcheck = named or ([] if given else config.getini("gradcheck_targets"))
    option.gradcheck_only = ids
    config.args[:] = [name for name in config.args if name not in ids]


@pytest.fixture(name="gradcheck")
def checker(request: pytest.FixtureRequest) -> Checker:
    """Checks backwards with a seed of this test's own, the same in every run."""
    from gradcheck.plugin.checker import Checker  # noqa: PLC0415 it imports torch

    return Checker.of(request.config, request.node.nodeid)

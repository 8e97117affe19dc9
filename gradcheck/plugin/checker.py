"""What the pytest fixture hands to a test: checks with the test's own seed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
import torch

from gradcheck.api import check
from gradcheck.errors import CommandError
from gradcheck.records import Verdict
from gradcheck.result import Result
from gradcheck.settings import Settings, parse, read


@dataclass(frozen=True)
class Checker:
    """Checks backwards inside one test.

    Attributes:
        seed: The test's own: it follows from its name, and is the same in every run.
        settings: Those of the project, in ``[tool.gradcheck]``.
        undecided: What becomes of a test that nobody can decide: ``fail``, ``skip`` or ``xfail``.

    >>> from gradcheck.settings import Settings
    >>> import scratchnn, torch
    >>> gradcheck = Checker(seed=7, settings=Settings())
    >>> x = torch.randn(4, 3, generator=gradcheck.generator)
    >>> gradcheck.assert_verified(scratchnn.Tanh(), x).seed
    7
    """

    seed: int
    settings: Settings = field(repr=False)
    undecided: str = field(default="fail", repr=False)

    @classmethod
    def of(cls, config: pytest.Config, name: str) -> Checker:
        """The one for the test of this name."""
        settings = settings_of(config)
        return cls(
            zlib.crc32(name.encode()) ^ settings.seed, settings, config.option.gradcheck_undecided
        )

    @cached_property
    def generator(self) -> torch.Generator:
        """A generator with the test's seed, to draw inputs from."""
        return torch.Generator().manual_seed(self.seed)

    def check(self, target: Any, *inputs: Any, **options: Any) -> Result:
        """As :func:`gradcheck.check`, with the test's seed and the project's settings."""
        return check(target, *inputs, **{**self.settings.choices, "seed": self.seed, **options})

    def assert_verified(self, target: Any, *inputs: Any, **options: Any) -> Result:
        """As :func:`gradcheck.assert_verified`; what is undecided goes the project's way.

        Raises:
            GradientError: If a gradient or a contract is refuted.
            UndecidedError: If something could not be decided, unless ``gradcheck_undecided`` says
                that the test is skipped, or expected to fail, then.
        """
        __tracebackhide__ = True
        result = self.check(target, *inputs, **options)
        settle(result, self.undecided)
        return result


def settings_of(config: pytest.Config) -> Settings:
    """The settings of the project that pytest runs in; its command line goes first.

    Raises:
        UsageError: If the table holds what is no setting.
    """
    seed = config.option.gradcheck_seed
    try:
        table = read(config.rootpath / "pyproject.toml")
        return parse(table if seed is None else {**table, "seed": seed})
    except CommandError as error:
        raise pytest.UsageError(str(error)) from error


def settle(result: Result, undecided: str) -> None:
    """End the test as its result wants: nothing, an error, a skip or an expected failure."""
    __tracebackhide__ = True
    result.raise_if_refuted()
    if not result.passed and undecided == "skip":
        pytest.skip(_reason(result))
    if not result.passed and undecided == "xfail":
        pytest.xfail(_reason(result))
    result.raise_unless_verified()


def _reason(result: Result) -> str:
    open_ones = [finding for finding in result.findings if finding.verdict != Verdict.VERIFIED]
    told = dict.fromkeys(finding.message for finding in open_ones)
    return f"{result.target} is undecided: {'; '.join(told) or 'no gradient was checked'}"

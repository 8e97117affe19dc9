"""Tests made of targets: a collector for each module, a test for each of its cases.

    gradcheck                                     all targets of this run
    └── mylib.Dense                               one module, with the marker ``gradcheck``
        ├── in_features=5, out_features=3; ...    one case: a test with a node id to type again
        └── ...

A case draws the same numbers as in ``python -m gradcheck``, alone or among the others.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gradcheck.campaign import check_case, check_target
from gradcheck.cases.case import Case
from gradcheck.choice.choose import cases_of
from gradcheck.errors import CommandError, ExerciseError, GradcheckError
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.plugin.checker import settings_of, settle
from gradcheck.plugin.hooks import PREFIX
from gradcheck.result import Result
from gradcheck.settings import Settings
from gradcheck.targets.resolve import Target, resolve
from gradcheck.targets.stubs import stubbed
from gradcheck.training import parity

UNBUILT = "cannot be exercised"
TRAINED = "trained beside torch"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Put the targets behind the session's own files and folders."""
    report = yield
    if isinstance(collector, pytest.Session) and report.passed:
        report.result = [*report.result, Targets.of(collector)]
    return report


class Targets(pytest.Collector):
    """All targets of a run."""

    @classmethod
    def of(cls, session: pytest.Session) -> Targets:
        """The one below a session."""
        node: Targets = cls.from_parent(session, name=PREFIX, nodeid=PREFIX)
        node.add_marker("gradcheck")
        return node

    def collect(self) -> Iterator[pytest.Collector]:
        """Resolve every name: a package is many targets, and one named twice is one."""
        settings = settings_of(self.config)
        seen: set[str] = set()
        for name in self.config.option.gradcheck:
            for target in self._resolve(name, settings):
                if target.name not in seen:
                    seen.add(target.name)
                    yield OneTarget.of(self, target, settings)

    def _resolve(self, name: str, settings: Settings) -> tuple[Target, ...]:
        try:
            with stubbed(settings.stub), silenced():
                return resolve(name)
        except CommandError as error:
            raise self.CollectError(str(error)) from error


class OneTarget(pytest.Collector):
    """The cases of one target."""

    target: Target
    settings: Settings

    @classmethod
    def of(cls, parent: Targets, target: Target, settings: Settings) -> OneTarget:
        """The one below all targets."""
        node: OneTarget = cls.from_parent(parent, name=target.name)
        node.target, node.settings = target, settings
        node.path = _place(target.object)[0] or node.path
        return node

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each case; one that fails where nothing says how to build any.

        A recipe is one test, which trains it.
        """
        if parity.recognises(self.target.object):
            recipe = Case(TRAINED, lambda seed: (self.target.object, ()))  # noqa: ARG005 it trains
            yield from self._wanted([CaseTest.of(self, TRAINED, recipe, 0)])
            return
        try:
            with stubbed(self.settings.stub), silenced(), preserved_globals():
                cases = cases_of(self.target)
        except ExerciseError as error:
            items = [CaseTest.of(self, UNBUILT, _raising(error), 0)]
        else:
            items = [CaseTest.of(self, case.label, case, n) for n, case in enumerate(cases)]
        yield from self._wanted(items)

    def _wanted(self, items: Sequence[CaseTest]) -> Iterator[CaseTest]:
        """Those that are asked for, each under a name of its own."""
        names: dict[str, int] = {}
        for item in items:
            names[item.name] = names.get(item.name, 0) + 1
            if names[item.name] > 1:
                item = CaseTest.of(self, f"{item.name} #{names[item.name]}", item.case, item.number)  # noqa: PLW2901
            if _wanted(item.nodeid, self.config.option.gradcheck_only):
                yield item


class CaseTest(pytest.Item):
    """The check of one target in one case."""

    case: Case
    number: int
    parent: OneTarget

    @classmethod
    def of(cls, parent: OneTarget, name: str, case: Case, number: int) -> CaseTest:
        """The one below its target."""
        node: CaseTest = cls.from_parent(parent, name=name)
        node.case, node.number = case, number
        return node

    def runtest(self) -> None:
        """Check, note what was found for JUnit, and end as the verdict wants."""
        settings = self.parent.settings
        with stubbed(settings.stub), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs; on the command line they are dropped too
            result = self._result(settings)
        self.user_properties += [
            ("verdict", str(result.verdict)),
            ("seed", result.seed),
            ("resolution", result.resolution),
        ]
        settle(result, self.config.option.gradcheck_undecided)

    def _result(self, settings: Settings) -> Result:
        """What is found in this case; where it does not fit and others do, it is skipped."""
        target, options = self.parent.target, settings.options
        if self.name == TRAINED:
            with silenced(), preserved_globals():
                return check_target(target, options)
        try:
            return check_case(target, self.case, options, number=self.number)
        except ExerciseError as error:
            if self.name != UNBUILT:
                check_target(target, options)  # raises where no case can be built
                pytest.skip(f"this case cannot be built, others can: {error}")
            raise

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The class's own file and line: where an editor should open."""
        path, line = _place(self.parent.target.object)
        return path or self.path, line, f"{self.parent.name}: {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation alone: the way through this package helps nobody."""
        if isinstance(excinfo.value, GradcheckError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


def _raising(error: ExerciseError) -> Case:
    def make(seed: int) -> Any:
        del seed
        raise error

    return Case(UNBUILT, make)


def _wanted(name: str, asked: list[str]) -> bool:
    """Whether a test is asked for: by its name, what its name starts with, or not by name."""
    return not asked or any(name == one or name.startswith((f"{one}:", f"{one}.")) for one in asked)


def _place(target: object) -> tuple[Path | None, int | None]:
    """The file of a target, and the line, counted from zero, at which it starts."""
    kind = target if inspect.isclass(target) else type(target)
    try:
        return Path(inspect.getsourcefile(kind) or ""), inspect.getsourcelines(kind)[1] - 1
    except (TypeError, OSError):
        return None, None

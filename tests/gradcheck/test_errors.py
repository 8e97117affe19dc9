"""The tree of errors: what each means for the exit code, and for whoever catches it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import gradcheck
from gradcheck import cli, errors
from gradcheck.cli import command

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}
ALL = {name: kind for name, kind in CLASSES.items() if kind.__module__ == errors.__name__}
COMMAND = [kind for kind in ALL.values() if issubclass(kind, errors.CommandError)]


@pytest.mark.parametrize(
    ("child", "parent"),
    [
        (errors.CommandError, errors.GradcheckError),
        (errors.TargetError, errors.CommandError),
        (errors.ExerciseError, errors.CommandError),
        (errors.BackwardError, errors.ExerciseError),
        (errors.GradientError, errors.GradcheckError),
        (errors.GradientError, AssertionError),
        (errors.UndecidedError, errors.GradcheckError),
        (errors.UndecidedError, AssertionError),
    ],
)
def test_an_error_stands_below_its_parent(child: type, parent: type) -> None:
    """Whoever catches the parent catches the child."""
    assert parent in child.__bases__


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
def test_every_error_is_a_gradcheck_error_with_a_meaning(kind: type) -> None:
    """One except clause catches all that is raised on purpose, and the class says what it is."""
    assert issubclass(kind, errors.GradcheckError)
    assert kind.__doc__


def test_a_wrong_gradient_is_no_wrong_command() -> None:
    """A test runner shows it as a failure; a wrong command must not look like one."""
    assert not issubclass(errors.GradientError, errors.CommandError)
    assert not any(issubclass(kind, AssertionError) for kind in COMMAND)


@pytest.mark.parametrize("kind", COMMAND, ids=lambda kind: kind.__name__)
def test_every_wrong_command_exits_with_2(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its text stands on standard error, once, and standard output stays empty."""

    def fail(*arguments: Any, **options: Any) -> None:
        raise kind("the text")

    monkeypatch.setattr(command, "app", fail)
    with pytest.raises(SystemExit) as left:
        cli.main(["mylib.Dense"])
    assert left.value.code == 2
    assert tuple(capsys.readouterr()) == ("", "error: the text\n")


@pytest.mark.parametrize("name", ["CommandError", "ExerciseError", "UndecidedError"])
def test_what_a_user_catches_is_exported(name: str) -> None:
    """So that nobody imports from an inner module."""
    assert getattr(gradcheck, name) is getattr(errors, name)
    assert name in gradcheck.__all__

"""The lines of a backward that no case has run: found, told, and never at another's expense."""

from __future__ import annotations

import importlib.util
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

import gradcheck
from gradcheck.foreign.branches import BackwardLines

SOURCE = '''
import torch


class Tanh:
    """Wrong where the batch holds a thousand rows."""

    def forward(self, x):
        self.y = torch.tanh(x)
        return self.y

    def backward(self, grad_output):
        """Return what a test cannot see."""
        if len(grad_output) > 999:
            # not reached
            twice = 2 * grad_output
            return twice * (
                1 - self.y**2
            )
        if grad_output.dim() == 77:
            raise ValueError
        return grad_output * (1 - self.y**2)
'''


@pytest.fixture
def layers(tmp_path: Path) -> Iterator[types.ModuleType]:
    """A module with that source, in a folder whose name is a pattern."""
    file = tmp_path / "a[b]" / "layers.py"
    file.parent.mkdir()
    file.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("layers_for_branches", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_lines_that_no_case_has_run_are_listed(layers: types.ModuleType) -> None:
    """By the file and the numbers of their statements, in one line of the text."""
    result = gradcheck.check(layers.Tanh)
    assert result.verdict == "verified"
    assert result.unverified["backward lines"] == "layers.py:16-17, 21 never ran in any case"
    assert "not verified: backward lines (layers.py:16-17, 21 never ran" in result.explain()
    assert not result.overlooked


def test_lines_that_one_of_several_cases_has_run_are_not_listed(layers: types.ModuleType) -> None:
    """What counts is all cases together."""
    lines = BackwardLines(layers.Tanh.backward)
    layer = layers.Tanh()
    for rows in (3, 1000):
        with lines.watched():
            layer.backward(layer.forward(layers.torch.ones(rows, 1)))
    assert lines.never_ran() == "21"


def test_an_instance_is_not_measured(layers: types.ModuleType) -> None:
    """It would take longer than the rest of its check."""
    result = gradcheck.check(layers.Tanh(), layers.torch.ones(2, 3))
    assert "backward lines" not in result.unverified


def test_nothing_is_watched_beside_another_tracer(layers: types.ModuleType) -> None:
    """A debugger keeps its trace function, and its user what it shows."""
    lines, layer = BackwardLines(layers.Tanh.backward), layers.Tanh()
    calls: list[str] = []
    before = sys.gettrace()
    try:
        sys.settrace(lambda frame, event, argument: calls.append(event))
        with lines.watched():
            tracer = sys.gettrace()
            layer.backward(layer.forward(layers.torch.ones(2, 1)))
    finally:
        sys.settrace(before)
    assert tracer is not None
    assert calls
    assert not lines.never_ran()


@pytest.mark.skipif(coverage.Coverage.current() is not None, reason="this run is measured itself")
def test_nothing_is_watched_beside_another_measurement(
    layers: types.ModuleType, tmp_path: Path
) -> None:
    """Somebody measures the coverage of their tests, in which they call a check."""
    theirs = coverage.Coverage(data_file=str(tmp_path / "data"), config_file=False)
    theirs.start()
    try:
        result = gradcheck.check(layers.Tanh)
    finally:
        theirs.stop()
    assert "backward lines" not in result.unverified
    assert layers.__file__ in theirs.get_data().measured_files()
    theirs.get_data().close()


def test_watching_leaves_no_file_and_no_tracer(
    layers: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the data file that coverage.py writes by default."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    before = sys.gettrace()
    gradcheck.check(layers.Tanh)
    assert list(folder.iterdir()) == []
    assert sys.gettrace() is before


@pytest.mark.parametrize("function", [len, lambda g: g, print, str.upper])
def test_what_has_no_source_is_let_be(function: object) -> None:
    """A builtin, a lambda: there is nothing to list."""
    assert callable(function)
    lines = BackwardLines(function)
    with lines.watched():
        pass
    assert not lines.never_ran()


def test_a_function_made_from_text_is_let_be() -> None:
    """As at a prompt."""
    names: dict[str, object] = {}
    exec("def backward(g):\n    return g\n", names)  # noqa: S102 what a prompt does
    function = names["backward"]
    assert callable(function)
    lines = BackwardLines(function)
    with lines.watched():
        function(1)
    assert not lines.never_ran()


def test_a_backward_that_raises_is_watched_up_to_there(layers: types.ModuleType) -> None:
    """And the measurement ends with it."""
    lines, before = BackwardLines(layers.Tanh.backward), sys.gettrace()
    with pytest.raises(TypeError), lines.watched():
        layers.Tanh().backward(None)
    assert sys.gettrace() is before
    assert lines.never_ran() == "16-22"

"""Global state is put back, whatever runs inside."""

from __future__ import annotations

import os
import random
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from gradcheck.foreign.isolation import preserved_globals, silenced
from tests.process import state

CHANGES: dict[str, Callable[[], object]] = {
    "torch seed": lambda: torch.manual_seed(1),
    "torch draw": lambda: torch.rand(3),
    "NumPy seed": lambda: np.random.seed(1),  # noqa: NPY002 the global one is meant
    "NumPy draw": lambda: np.random.rand(3),  # noqa: NPY002 the same
    "Python seed": lambda: random.seed(1),
    "Python draw": random.random,
    "default dtype": lambda: torch.set_default_dtype(torch.float16),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "default device": lambda: torch.set_default_device("meta"),
    "warnings": lambda: warnings.simplefilter("ignore"),
    "NumPy's errors": lambda: np.seterr(all="raise", under="ignore"),
    "search path": lambda: sys.path.append("nowhere"),
    "search path replaced": lambda: setattr(sys, "path", ["nowhere"]),
    "folder": lambda: os.chdir("/"),
    "grad mode": lambda: torch.set_grad_enabled(not torch.is_grad_enabled()),
}


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_inside_is_put_back(change: Callable[[], object], grad: bool) -> None:
    """Random states, the default dtype and the grad mode, from whichever value they had."""
    with torch.set_grad_enabled(grad):
        before = state()
        with preserved_globals():
            change()
            assert state() != before
        assert state() == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_exception_changes_nothing_about_that(change: Callable[[], object]) -> None:
    """It goes on to the caller, and the state is put back."""
    before = state()
    with pytest.raises(KeyboardInterrupt), preserved_globals():
        raise KeyboardInterrupt(change())
    assert state() == before


def test_isolation_can_be_nested() -> None:
    """Each level puts back what it found."""
    with preserved_globals():
        torch.manual_seed(1)
        middle = state()
        with preserved_globals():
            torch.manual_seed(2)
        assert state() == middle


def test_inside_the_state_is_that_of_outside() -> None:
    """Nothing is seeded: only what comes after is shielded."""
    before = state()
    with preserved_globals():
        assert state() == before


def test_a_folder_that_is_gone_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nowhere to go back to."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    with preserved_globals():
        os.chdir(tmp_path)
        (tmp_path / "gone").rmdir()
    assert Path.cwd() == tmp_path


def test_the_backend_of_matplotlib_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """If anybody has imported it."""
    library = types.ModuleType("matplotlib")
    vars(library)["rcParams"] = {"backend": "agg"}
    monkeypatch.setitem(sys.modules, "matplotlib", library)
    with preserved_globals():
        vars(library)["rcParams"]["backend"] = "tkagg"
    assert vars(library)["rcParams"]["backend"] == "agg"


def test_a_call_that_was_ended_holds_nothing_on() -> None:
    """Though what it raised is kept: a hook would stay in place for all that is called later."""
    open_hooks: list[str] = []

    def hooked() -> Iterator[None]:
        open_hooks.append("hook")
        try:
            yield
        finally:
            open_hooks.pop()

    def forward() -> None:
        hooks = hooked()
        next(hooks)
        raise ValueError(f"{hooks} are open")

    with pytest.raises(ValueError, match="are open") as raised, preserved_globals():
        forward()
    assert not open_hooks, raised.value


def test_what_is_printed_in_silence_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """On both streams, and only for that time."""
    with silenced():
        sys.stdout.write("a" * 10_000_000)
        sys.stderr.write("b")
    sys.stdout.write("c")
    assert capsys.readouterr() == ("c", "")

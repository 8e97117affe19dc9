"""What the tests of workers share."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradcheck.processes import service


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, and workers that start at once.

    The thread by which pytest-xdist hears of its next test waits on a socket, and holds no lock: a
    copy is sound here, and importing torch anew would take seconds each time.
    """
    monkeypatch.setattr(service, "may_fork", lambda: True)
    monkeypatch.chdir(tmp_path)
    return tmp_path

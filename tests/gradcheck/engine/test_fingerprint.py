"""What the fingerprint of a target reads."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gradcheck.engine import fingerprint


class Layer:
    """A layer with a method of Python's own library, as a dataclass has since 3.13."""

    told = staticmethod(textwrap.dedent)

    def forward(self, x: float) -> float:
        """``x``."""
        return x


def test_python_s_own_library_is_told_by_its_version_and_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading it took four seconds of a target's time limit."""
    read: list[Path] = []
    honest = fingerprint._read

    def noted(path: Path) -> fingerprint._File:
        read.append(path)
        return honest(path)

    monkeypatch.setattr(fingerprint, "_read", noted)
    assert fingerprint.of_source(Layer)
    assert Path(__file__).resolve() in read
    assert Path(textwrap.__file__).resolve() not in read

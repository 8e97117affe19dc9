"""How a project wants its checks: the table ``[tool.gradcheck]`` of its ``pyproject.toml``.

    [tool.gradcheck]
    seed = 7
    resolution = 1e-9
    witnesses = ["numeric", "autograd"]

The keys are the arguments of :func:`gradcheck.check`; ``stub`` is that of the command line.
"""

from __future__ import annotations

import copy
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from gradcheck.errors import CommandError
from gradcheck.options import Options

_ELSEWHERE = ("cases",)
"""Tables below ``[tool.gradcheck]`` that are read by others."""

_CHOICES = sorted(one.name for one in fields(Options) if one.name != "exhibits")
"""What a project may choose: a report's drawings come with the report."""


@dataclass(frozen=True)
class Settings:
    """What a project has chosen.

    Attributes:
        options: How each check goes.
        stub: Modules that are stood in for.
    """

    options: Options = field(default_factory=Options)
    stub: tuple[str, ...] = ()

    @property
    def seed(self) -> int:
        """From which every random draw follows."""
        return self.options.seed

    @property
    def choices(self) -> dict[str, Any]:
        """The arguments of :func:`gradcheck.check`."""
        return {name: getattr(self.options, name) for name in _CHOICES}


def read(path: Path) -> dict[str, Any]:
    """The table in a file; empty where there is no file or no table.

    Raises:
        CommandError: If the file is no TOML.
    """
    if not path.is_file():
        return {}
    written = path.stat()
    return copy.deepcopy(_table(path, written.st_mtime_ns, written.st_size))


@lru_cache(maxsize=8)
def _table(path: Path, *written: int) -> dict[str, Any]:
    """Read once for every time it was written: every check asks, and the reading takes 5 ms."""
    del written
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error
    return dict(document.get("tool", {}).get("gradcheck", {}))


def parse(table: Mapping[str, Any]) -> Settings:
    """The settings in a table.

    Raises:
        CommandError: If a key is unknown, or a value is no choice.

    >>> parse({"seed": 7}).options.seed
    7
    """
    values = {key: _tuple(value) for key, value in table.items() if key not in _ELSEWHERE}
    stub = values.pop("stub", ())
    for key in values:
        if key not in _CHOICES:
            near = difflib.get_close_matches(key, [*_CHOICES, *_ELSEWHERE, "stub"], n=1)
            hint = f": did you mean {near[0]}?" if near else f" (there are {', '.join(_CHOICES)})"
            raise CommandError(f"[tool.gradcheck] has no setting {key}{hint}")
    try:
        return Settings(Options(**values), tuple(stub))
    except TypeError as error:
        raise CommandError(f"[tool.gradcheck] holds a value of the wrong type: {error}") from error


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

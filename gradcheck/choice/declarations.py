"""The cases that a project declares: in ``pyproject.toml``, or in ``gradcheck_cases.py``.

    [tool.gradcheck.cases."layers.py:Dense"]
    init = "5, 3"
    input = ["4,5"]
    convention = "batch_mean"

    # gradcheck_cases.py
    CASES = {"layers.py:Round": {"make": lambda: (Round(), [x]), "expect": "straight-through"}}

Several cases of one target are a list of such tables.  The folder is the current one, or the
nearest above that has either file; where nothing is declared there for a target, that of the file
in which it is written.
"""

from __future__ import annotations

import difflib
import inspect
import re
import runpy
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcheck import settings
from gradcheck.cases.expression import parse_shape
from gradcheck.cases.spec import Shape
from gradcheck.choice.intentions import intention_of
from gradcheck.errors import CommandError, GradcheckError, one_line
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.intention import AS_IT_IS, Intention
from gradcheck.targets.roots import folder_on_path

PROJECT_FILE = "pyproject.toml"
PYTHON_FILE = "gradcheck_cases.py"
_KEYS = ("init", "input", "make", "convention", "expect", "batch_axis")


@dataclass(frozen=True)
class Declaration:
    """One case of a target.

    Attributes:
        init: The constructor's arguments, as in ``--init``.
        shapes: Of the inputs, as in ``--input``.
        make: Returns an instance and its inputs.
        intention: What the author means to deviate in.
    """

    init: str | None = None
    shapes: tuple[Shape, ...] = ()
    make: Callable[[], tuple[Any, Any]] | None = None
    intention: Intention = AS_IT_IS

    @property
    def says_how(self) -> bool:
        """Whether it says what to build or call."""
        return bool(self.init is not None or self.shapes or self.make)


def declared_for(name: str, target: object) -> tuple[Declaration, ...]:
    """What the project declares for a target, under the name that it is known by.

    Raises:
        CommandError: If a declaration cannot be read.
    """
    for folder in (Path.cwd(), *_folder_of(target)):
        tables = _tables(folder)
        if mine := [key for key in tables if _means(key, name, target)]:
            return tuple(_read(key, table) for key in mine for table in tables[key])
    return ()


def intention_of_function(function: Any) -> Intention:
    """What is declared of a Function that a Module uses, under the name that it is known by."""
    name = f"{_file_of(function)}:{function.__qualname__}"
    meant = (one.intention for one in declared_for(name, function))
    return next((one for one in meant if one), AS_IT_IS)


def strays(names: Collection[str]) -> list[str]:
    """What is declared for none of these targets, and nearly has the name of one, in words."""
    lasts = {_last(name): name for name in names}
    told = []
    for key in _tables(Path.cwd()):
        near = difflib.get_close_matches(_last(key), lasts, n=1, cutoff=0.8)
        if near and _last(key) not in lasts:
            told.append(f'cases."{key}" names no target: did you mean {lasts[near[0]]}?')
    return told


def _last(name: str) -> str:
    """The name of the class or the function itself.

    >>> _last("layers.py:Dense"), _last("package.layers.Dense")
    ('Dense', 'Dense')
    """
    return re.split(r"[:.]", name)[-1]


def declared_in(folder: Path) -> str:
    """All that the project of a folder declares, as it is written."""
    if (place := _nearest(folder)) is None:
        return ""
    python = place / PYTHON_FILE
    text = python.read_text(encoding="utf-8") if python.is_file() else ""
    return f"{settings.read(place / PROJECT_FILE)}\n{text}"


def _nearest(folder: Path) -> Path | None:
    """The folder, or the first above it, that has a file in which cases may be declared."""
    places = (folder, *folder.parents)
    files = (PROJECT_FILE, PYTHON_FILE)
    return next((one for one in places if any((one / name).is_file() for name in files)), None)


def _tables(folder: Path) -> dict[str, list[Any]]:
    """Every table of the nearest folder that declares any, by its target's name."""
    if (place := _nearest(folder)) is None:
        return {}
    project, python = place / PROJECT_FILE, place / PYTHON_FILE
    written = settings.read(project)
    settings.parse(written)  # which refuses a table that is called otherwise
    found = {**_mapping(written.get("cases", {}), project)}
    if python.is_file():
        found |= _mapping(_executed(python).get("CASES", {}), python)
    return {
        key: list(one) if isinstance(one, list | tuple) else [one] for key, one in found.items()
    }


def _mapping(value: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CommandError(f"{path}: cases are a table for each target")
    return value


def _executed(path: Path) -> dict[str, Any]:
    try:
        with silenced(), preserved_globals(), folder_on_path(path.parent):
            return runpy.run_path(str(path))
    except (Exception, SystemExit) as error:
        raise CommandError(f"{path} raised {one_line(error)}") from error


def _folder_of(target: object) -> tuple[Path, ...]:
    """The folder of the file that a target is written in; none where Python cannot tell."""
    with suppress(OSError, TypeError):
        return (Path(_file_of(target)).resolve().parent,)
    return ()


def _file_of(target: object) -> str:
    """The file that a target is written in.

    That of its own forward is known for certain: a class knows but the name of its module, which
    may be another's by now.
    """
    owner: Any = target if inspect.isclass(target) or inspect.isroutine(target) else type(target)
    forward = inspect.unwrap(getattr(owner, "__dict__", {}).get("forward", owner))
    return str(inspect.getfile(forward if inspect.isfunction(forward) else owner))


def _means(key: str, name: str, target: object) -> bool:
    """Whether a key names a target: as it was typed, from some folder above, or by its class."""
    owner = target if inspect.isclass(target) else type(target)
    own = {owner.__name__, f"{owner.__module__}.{owner.__qualname__}"}
    return key == name or name.endswith(f"/{key}") or key in own


def _read(key: str, table: Any) -> Declaration:
    if not isinstance(table, Mapping):
        raise CommandError(f'cases."{key}" is no table')
    for word in table:
        if word not in _KEYS:
            near = difflib.get_close_matches(str(word), _KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KEYS)}"
            raise CommandError(f'cases."{key}" has no key {word}: {hint}')
    try:
        return Declaration(
            init=table.get("init"),
            shapes=_shapes(table.get("input", ())),
            make=table.get("make"),
            intention=intention_of(
                table.get("convention", ""), table.get("expect"), table.get("batch_axis")
            ),
        )
    except GradcheckError as error:
        raise CommandError(f'cases."{key}": {error}') from error


def _shapes(written: Any) -> tuple[Shape, ...]:
    """One shape, or a list of them: each a text such as "4,5", or a list of sizes."""
    one = isinstance(written, str) or (written and all(isinstance(n, int) for n in written))
    shapes = (written,) if one else tuple(written)
    return tuple(parse_shape(s) if isinstance(s, str) else tuple(s) for s in shapes)

"""A fingerprint of all that a verdict depends on: where it is the same, so is the verdict.

The target's files, what these import of the user's own, what the project declares, the options,
and the versions of all else.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import platform
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import torch

from gradcheck.choice.declarations import declared_in

_PACKAGE = Path(__file__).resolve().parents[1]
_LEVELS = 5
"""How many folders above a file an import is looked for in: as many as the loader tries."""


def of(*parts: object) -> str:
    """One fingerprint of several things.

    >>> of("a", "b") == of("a", "b") != of("ab")
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        text = part if isinstance(part, bytes) else str(part).encode("utf-8", "backslashreplace")
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()


def of_source(target: object) -> str:
    """The fingerprint of the files that a target is written in, and of those that they import.

    Empty where that cannot be told: such a target is always checked again.
    """
    try:
        own = _files_of(target)
        files = _closure(own)
    except Exception:  # noqa: BLE001 somebody's object, asked what it is
        return ""
    if not files:
        return ""
    above = {init for path in files for init in _packages_above(path)}
    folders = sorted({Path.cwd(), *(path.parent for path in own)})
    declared = map(declared_in, folders)
    return of(*(_read(path).digest for path in sorted(files | above)), *declared)


@functools.cache
def of_tools() -> str:
    """The fingerprint of all else: Python, what is installed, and this package's own source."""
    own = [path.read_bytes() for path in sorted(_PACKAGE.rglob("*.py"))]
    installed = {path.name for one in sys.path for path in Path(one).glob("*.dist-info")}
    return of(platform.python_version(), platform.machine(), *sorted(installed), *own)


def _files_of(target: Any) -> set[Path]:
    """The files of a class and those that it inherits from, or of the functions of a pair."""
    owners: list[Any]
    if inspect.isroutine(target):
        owners = [target]
    elif inspect.isclass(target):
        owners = [*target.__mro__]
    else:
        owners = [*type(target).__mro__, *filter(callable, vars(target).values())]
    files = {Path(code.co_filename).resolve() for one in owners for code in _codes(one)}
    return {path for path in files if path.is_file() and not _is_told_by_its_version(path)}


def _codes(owner: Any) -> Iterator[CodeType]:
    """The code of a function, or of a class's own: modules may have been forgotten since."""
    for one in vars(owner).values() if inspect.isclass(owner) else (owner,):
        code = getattr(inspect.unwrap(one), "__code__", None) if callable(one) else None
        if isinstance(code, CodeType):
            yield code


def _closure(files: set[Path]) -> set[Path]:
    """The files, and all of the user's own that they import; of a library, all that it has."""
    found: set[Path] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            library = _installed_in(path)
            waiting += library.rglob("*.py") if library else _imported_by(path)
    return found


def _imported_by(path: Path) -> Iterator[Path]:
    above = [path.parent, *list(path.parents)[1:_LEVELS], Path.cwd()]
    for level, parts in _read(path).imports:
        places = [path.parents[level - 1]] if 0 < level <= len(path.parents) else above
        for place in places:
            yield from (one for one in _located(place, parts) if not _installed_in(one))


def _located(folder: Path, parts: tuple[str, ...]) -> list[Path]:
    """The file that an import runs, if it lies below a folder.

    >>> [path.name for path in _located(_PACKAGE.parent, ("gradcheck", "pair"))]
    ['pair.py']
    """
    for count in (len(parts), len(parts) - 1):
        place = folder.joinpath(*parts[:count])
        for path in (place.with_suffix(".py"), place / "__init__.py") if count else ():
            if path.is_file():
                return [path.resolve()]
    return []


def _packages_above(path: Path) -> Iterator[Path]:
    """The ``__init__`` of each package that a file lies in; what they import is not followed."""
    for folder in path.parents:
        if not (folder / "__init__.py").is_file():
            return
        yield folder / "__init__.py"


def _installed_in(path: Path) -> Path | None:
    """The folder of the library that a file belongs to, unless it is the user's own."""
    if "site-packages" not in path.parts:
        return None
    return Path(*path.parts[: path.parts.index("site-packages") + 2])


_TORCH = _installed_in(Path(str(torch.__file__)).resolve())
_STANDARD = Path(sysconfig.get_path("stdlib")).resolve()


def _is_told_by_its_version(path: Path) -> bool:
    """Python's own and torch's, such as what a dataclass is given: some hundred files to read."""
    library = _installed_in(path)
    return library == _TORCH if library else path.is_relative_to(_STANDARD)


@dataclass(frozen=True)
class _File:
    """What a file holds.

    Attributes:
        digest: Of its name and text.
        imports: The level and the dotted name of each import, wherever it stands.
    """

    digest: str
    imports: tuple[tuple[int, tuple[str, ...]], ...]


def _read(path: Path) -> _File:
    state = path.stat()
    return _read_at(path, state.st_mtime_ns, state.st_size)


@functools.cache
def _read_at(path: Path, *state: int) -> _File:
    del state  # a file that has changed is another
    text = path.read_bytes()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return _File(of(path.name, text), ())
    return _File(of(path.name, text), tuple(_imports(tree)))


def _imports(tree: ast.AST) -> Iterator[tuple[int, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, tuple(alias.name.split("."))) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = tuple(node.module.split(".")) if node.module else ()
            yield from ((node.level, (*parts, alias.name)) for alias in node.names)

"""From which folder a file's imports begin, and how they are let begin there."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType


def folder_without_init(module: ModuleType) -> Path | None:
    """The folder that a name leads to where no ``__init__`` makes a package of it.

    A checkout often bears the name of the package inside it: what lies there is imported from
    there, as its files are when they are named one by one.
    """
    places = () if getattr(module, "__file__", None) else vars(module).get("__path__", ())
    for folder in map(Path, places):
        return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return None


@contextmanager
def folder_on_path(folder: Path) -> Iterator[None]:
    """Let imports find what lies in a folder, for the time of an import."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


@contextmanager
def folders_on_path(root: Path, folder: Path) -> Iterator[None]:
    """Both, the nearer first, unless a file there bears the name of the package that it is in."""
    top = folder.relative_to(root).parts[:1]
    hides = any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in top)
    with ExitStack() as on_path:
        for one in (folder, root) if hides else (root, folder):
            on_path.enter_context(folder_on_path(one))
        yield


def root_of(path: Path) -> Path:
    """The folder above its package: above every ``__init__``, and all that its imports climb to."""
    root = _above_packages(path.parent)
    # A folder of a package may have no ``__init__`` of its own.
    climbed = _above_packages(path.parents[min(_dots_climbed(path), len(path.parents) - 1)])
    return climbed if root.is_relative_to(climbed) else root


def _above_packages(folder: Path) -> Path:
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder


def _dots_climbed(path: Path) -> int:
    """How far up it and the files beside it look, if it imports as a part of a package at all."""
    own = _dots_in(path)
    return max(map(_dots_in, path.parent.glob("*.py")), default=own) if own else 0


def _dots_in(path: Path) -> int:
    """How far up its imports look: ``from ..layers`` two, as a part of a package alone may."""
    with suppress(OSError, UnicodeDecodeError):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^from (\.+)[\w.]* import\b", text, re.MULTILINE)
        return max(map(len, found), default=0)
    return 0

"""What a name leads to: a module, or something in it; else what may have been meant."""

from __future__ import annotations

import difflib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

from gradcheck.adapters.compositions import composition_named
from gradcheck.adapters.functions import pair_named
from gradcheck.adapters.operations import operation_named
from gradcheck.errors import TargetError
from gradcheck.targets.loading import Note, find, load
from gradcheck.targets.members import public_names
from gradcheck.targets.neighbours import pairs_beside


def is_dotted(name: str) -> bool:
    """Whether it could be written in an import.

    >>> is_dotted("scratchnn.Linear"), is_dotted("layers.v-2")
    (True, False)
    """
    return all(part.isidentifier() for part in name.split("."))


def is_path(name: str) -> bool:
    """Whether a file or a folder is meant."""
    path = name.rpartition(":")[0] or name
    return path.endswith(".py") or "/" in path or path in {".", ".."}


def is_folder(path: Path) -> bool:
    """Whether there is a folder of that name; a name that no disk could hold is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds a zero
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def found_by_name(name: str) -> Any:
    """What a name of either kind leads to.

    Raises:
        TargetError: If it leads nowhere.

    >>> found_by_name("math.tanh")(0.0)
    0.0
    """
    find_it = found_in_file if is_path(name) else found_by_dots
    return find_it(name, lambda words: None)  # noqa: ARG005 nobody listens


def found_by_dots(name: str, note: Note) -> Any:
    """The module, or what in it, that a dotted name stands for.

    Raises:
        TargetError: If there is none: with the nearest name that there is.
    """
    parts = name.split(".")
    if not is_dotted(name):
        raise TargetError(
            f"{name!r} is neither a dotted name such as scratchnn.Linear "
            "nor a file such as path/to/layers.py:Linear"
        )
    longest = find(name, note)
    if longest is None:
        raise TargetError(_nowhere(parts[0]))
    found: Any = longest[0]
    rest = longest[1]
    for number, part in enumerate(rest):
        if inspect.ismodule(found) and (step := operation_named(found, ".".join(rest[number:]))):
            return step
        if not hasattr(found, part):
            where = ".".join(parts[: len(parts) - len(rest) + number])
            near = [*public_names(found), *_submodules(found)]
            raise TargetError(f"{where} has no {part}{_suggestion(part, near)}")
        found = getattr(found, part)
    return found


def _nowhere(top: str) -> str:
    here = [path.stem for path in Path.cwd().glob("*.py")]
    here += [path.parent.name for path in Path.cwd().glob("*/*.py")]
    top_levels = [*here, *(module.name for module in pkgutil.iter_modules())]
    return (
        f"there is no module {top}{_suggestion(top, top_levels)} "
        f"(a file is named as in path/to/layers.py:Linear, a class as in scratchnn.Linear)"
    )


def _submodules(owner: Any) -> list[str]:
    return [found.name for found in pkgutil.iter_modules(getattr(owner, "__path__", None) or ())]


def found_in_file(name: str, note: Note) -> Any:
    """The module of ``file.py``, or what in it ``file.py:Name`` stands for.

    Raises:
        TargetError: If there is none: with the nearest name that there is.
    """
    path_text, _, member = name.partition(".py:")
    path = Path(path_text if path_text.endswith(".py") else f"{path_text}.py")
    if not _is_file(path):
        near = [str(path.with_name(other.name)) for other in _files_beside(path)]
        raise TargetError(f"there is no file {path}{_suggestion(str(path), near)}")
    found: Any = load(path.resolve(), note)
    meant = pair_named(found, member) or operation_named(found, member)
    meant = meant or composition_named(found, member)
    meant = meant or (pairs_beside(found, note).get(member) if member else None)
    if meant is not None:
        return meant
    where = str(path)
    for part in member.split(".") if member else ():
        if not hasattr(found, part):
            near = public_names(found)
            raise TargetError(f"{where} defines no {part}{_suggestion(part, near)}")
        found, where = getattr(found, part), f"{path}:{part}"
    return found


def _files_beside(path: Path) -> list[Path]:
    return list(path.parent.glob("*.py")) if is_folder(path.parent) else []


def _suggestion(wrong: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wrong, names, n=1)
    return f": did you mean {near[0]}?" if near else ""

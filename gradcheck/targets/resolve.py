"""From what the user typed to an object: a dotted name, a package, or ``file.py:Class``."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.adapters import is_listed, rules
from gradcheck.adapters.operations import operations_of
from gradcheck.adapters.shape import is_abstract, is_hollow, is_left_to_others, is_unfinished
from gradcheck.adapters.unbound import as_meant
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.errors import NoTargetError, TargetError
from gradcheck.targets.glance import NEVER, computes_with, defined_in, values_in
from gradcheck.targets.loading import Note
from gradcheck.targets.members import Broken, members
from gradcheck.targets.named import found_by_dots, found_in_file, is_dotted, is_folder, is_path
from gradcheck.targets.roots import folder_without_init


@dataclass(frozen=True)
class Target:
    """Something to check, under the name that the user knows it by.

    Attributes:
        name: As it is called in messages.
        object: What is checked.
        by_name: Whether the name leads to it.
    """

    name: str
    object: Any
    by_name: bool = True


def resolve(name: str, note: Note = lambda words: None) -> tuple[Target, ...]:  # noqa: ARG005 nobody listens
    """All targets that a name stands for: one class or instance, or everything in a module.

    Raises:
        TargetError: If the name leads nowhere, or to nothing that has a backward.

    >>> [target.name for target in resolve("scratchnn.Tanh")]
    ['scratchnn.Tanh']
    """
    note = functools.cache(note)  # each thing is said once
    if name and is_folder(Path(name)) and (is_path(name) or not _may_be_module(name)):
        targets = _in_folder(Path(name), note)
    else:
        found = found_in_file(name, note) if is_path(name) else found_by_dots(name, note)
        if not inspect.ismodule(found):
            return _of_one(name, found)
        plain_folder = folder_without_init(found)
        if plain_folder is not None:
            targets = _in_folder(plain_folder, note)
        else:
            targets = _in_module(name, found, ":" if is_path(name) else ".", note)
    if not targets:
        raise NoTargetError(f"{name} defines nothing with a forward and a backward")
    return targets


def _of_one(name: str, found: Any) -> tuple[Target, ...]:
    """The object itself; of an engine's class, each of its operations."""
    steps = operations_of(found) if inspect.isclass(found) else {}
    above = name.removesuffix(found.__name__) if steps else ""
    return tuple(Target(above + step, one) for step, one in steps.items()) or (Target(name, found),)


def _in_module(
    name: str, module: ModuleType, separator: str, note: Note, *, alone: bool = False
) -> tuple[Target, ...]:
    targets = []

    def left(words: str) -> None:
        note(f"{name}{separator}{words}")

    for member, value in members(module, note, left, alone=alone):
        full = f"{name}{separator}{member}"
        if _is_base(value):
            note(f"{full} is left out: its forward or backward only raises, or does nothing")
        elif rules.recognises(value) and (
            kinds_of_numbers(value)[0] or not rules.is_comparable(value)
        ):
            note(f"{full} is left out: an optimizer that takes no list of tensors, as torch's do")
        else:
            targets.append(Target(full, value))
    return tuple(targets)


def _is_base(value: Any) -> bool:
    """Whether its methods are stubs for others to write, and it has none of another name."""
    if not is_abstract(value) or is_unfinished(value):
        return False
    is_bare = inspect.isabstract(value) or is_hollow(value) or is_left_to_others(value)
    return is_bare or not is_listed(as_meant(value))


def _in_folder(folder: Path, note: Note) -> tuple[Target, ...]:
    """Everything in the files of a folder and below it, each object once.

    A file without a class or a function that may be a backward is not imported: it may be a script.
    """
    targets: dict[int, Target] = {}
    paths = [path for path in sorted(folder.rglob("*.py")) if _is_own(path, folder)]
    values = {name for path in paths for name in values_in(path)}
    for path in paths:
        classes, backwards = defined_in(path)
        if not classes and not backwards and not (values and computes_with(path, values)):
            continue
        try:
            found = _in_module(str(path), found_in_file(str(path), note), ":", note, alone=True)
        except TargetError as error:
            if not backwards:
                note(f"{path} is left out: {error}")
                continue
            broken = Broken(str(error))
            found = (Target(str(path), broken),)
        for target in found:
            targets.setdefault(id(target.object), target)
    return tuple(targets.values())


def _is_own(path: Path, folder: Path) -> bool:
    """Whether a file below a folder may be imported, and is the user's own."""
    inner = path.relative_to(folder).parts
    return inner[-1] not in NEVER and not any(_is_elsewhere(part) for part in inner)


def _is_elsewhere(part: str) -> bool:
    """Whether a folder holds what is not the user's own: hidden, installed, or compiled."""
    return part.startswith(".") or part in {"site-packages", "__pycache__", "node_modules"}


def _may_be_module(name: str) -> bool:
    """Whether an import could find it; a folder called ``layers.v2`` is no part of a package."""
    return is_dotted(name) and ("." not in name or find_spec(name.partition(".")[0]) is not None)

"""From what the user typed to an object: a dotted name, a package, or ``file.py:Class``."""

from __future__ import annotations

import difflib
import functools
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from gradcheck.adapters import is_listed, rules
from gradcheck.adapters.functions import function_pairs, object_wanted_by, pair_named
from gradcheck.adapters.operations import operation_named, operations_in, operations_of
from gradcheck.adapters.partners import unpaired
from gradcheck.adapters.shape import (
    backward_of,
    is_abstract,
    is_hollow,
    is_left_to_others,
    is_unfinished,
)
from gradcheck.adapters.unbound import as_meant
from gradcheck.cases.libraries import kinds_of_numbers
from gradcheck.errors import TargetError
from gradcheck.targets.glance import NEVER, defined_in
from gradcheck.targets.hidden import hidden_functions
from gradcheck.targets.loading import Note, below, find, load
from gradcheck.targets.neighbours import pairs_beside
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


@dataclass(frozen=True)
class Broken:
    """What stands in the place of a module that cannot be imported, among others that can.

    Attributes:
        reason: Why.
    """

    reason: str


def resolve(name: str, note: Note = lambda words: None) -> tuple[Target, ...]:  # noqa: ARG005 nobody listens
    """All targets that a name stands for: one class or instance, or everything in a module.

    Raises:
        TargetError: If the name leads nowhere, or to nothing that has a backward.

    >>> [target.name for target in resolve("scratchnn.Tanh")]
    ['scratchnn.Tanh']
    """
    note = functools.cache(note)  # each thing is said once
    if name and _is_folder(Path(name)) and (_is_path(name) or not _may_be_module(name)):
        targets = _in_folder(Path(name), note)
    else:
        found = _from_file(name, note) if _is_path(name) else _from_dotted_name(name, note)
        if not inspect.ismodule(found):
            return _of_one(name, found)
        plain_folder = folder_without_init(found)
        if plain_folder is not None:
            targets = _in_folder(plain_folder, note)
        else:
            targets = _in_module(name, found, ":" if _is_path(name) else ".", note)
    if not targets:
        raise TargetError(f"{name} defines nothing with a forward and a backward")
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

    for member, value in _members(module, note, left, alone=alone):
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
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder).parts
        if inner[-1] in NEVER or any(_is_elsewhere(part) for part in inner):
            continue
        classes, backwards = defined_in(path)
        if not classes and not backwards:
            continue
        try:
            found = _in_module(str(path), _from_file(str(path), note), ":", note, alone=True)
        except TargetError as error:
            if not backwards:
                note(f"{path} is left out: {error}")
                continue
            broken = Broken(str(error))
            found = (Target(str(path), broken),)
        for target in found:
            targets.setdefault(id(target.object), target)
    return tuple(targets.values())


def _is_elsewhere(part: str) -> bool:
    """Whether a folder holds what is not the user's own: hidden, installed, or compiled."""
    return part.startswith(".") or part in {"site-packages", "__pycache__", "node_modules"}


def _is_path(name: str) -> bool:
    path = name.rpartition(":")[0] or name
    return path.endswith(".py") or "/" in path or path in {".", ".."}


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds a zero
        return False


def _may_be_module(name: str) -> bool:
    """Whether an import could find it; a folder called ``layers.v2`` is no part of a package."""
    return _is_dotted(name) and ("." not in name or find_spec(name.partition(".")[0]) is not None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _from_dotted_name(name: str, note: Note) -> Any:
    parts = name.split(".")
    if not _is_dotted(name):
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
            near = [*_public_names(found), *_submodules(found)]
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


def _from_file(name: str, note: Note) -> Any:
    path_text, _, member = name.partition(".py:")
    path = Path(path_text if path_text.endswith(".py") else f"{path_text}.py")
    if not _is_file(path):
        near = [str(path.with_name(other.name)) for other in _files_beside(path)]
        raise TargetError(f"there is no file {path}{_suggestion(str(path), near)}")
    found: Any = load(path.resolve(), note)
    meant = pair_named(found, member) or operation_named(found, member)
    meant = meant or (pairs_beside(found, note).get(member) if member else None)
    if meant is not None:
        return meant
    where = str(path)
    for part in member.split(".") if member else ():
        if not hasattr(found, part):
            near = _public_names(found)
            raise TargetError(f"{where} defines no {part}{_suggestion(part, near)}")
        found, where = getattr(found, part), f"{path}:{part}"
    return found


def _files_beside(path: Path) -> list[Path]:
    return list(path.parent.glob("*.py")) if _is_folder(path.parent) else []


def _members(
    module: ModuleType, note: Note, left: Note, *, alone: bool = False
) -> Iterator[tuple[str, Any]]:
    """Every hand-written backward of a module, and of the package below it, once.

    ``alone`` leaves out what lies below; ``left`` is told what looks like one, and is none.
    """
    seen: set[int] = set()
    for prefix, part in [("", module)] if alone else _modules(module, note):
        if isinstance(part, Broken):
            yield prefix, part
            continue
        for name in (*_public_names(part), *hidden_functions(part)):
            value = getattr(part, name)
            if id(value) in seen or not _belongs(value, module, alone=alone):
                continue
            meant = as_meant(value)
            if not (is_listed(meant) or is_abstract(value) or rules.recognises(value)):
                if _has_backward_alone(value):
                    left(f"{prefix}{name} is left out: it has a backward, and no forward for it")
                continue
            seen.add(id(value))
            yield f"{prefix}{name}", value
        for name, other in unpaired(_own(part)):
            left(f"{prefix}{name} is left out: {other} takes something else than it could be given")
        for name, pair in _functions_in(part, note, left, prefix):
            if _belongs(pair, module, alone=alone):
                yield f"{prefix}{name}", pair


def _functions_in(
    part: ModuleType, note: Note, left: Note, prefix: str
) -> Iterator[tuple[str, type]]:
    """The pairs of plain functions of a module, and the operations of an engine."""
    pairs = {**pairs_beside(part, note), **function_pairs(part)}
    for name, pair in (*pairs.items(), *operations_in(part).items()):
        if wanted := object_wanted_by(pair):
            left(f"{prefix}{name} is left out: its {wanted} is an object, whose class is asked")
        else:
            yield name, pair


def _has_backward_alone(value: Any) -> bool:
    """Whether it is a class with a backward, of which nothing is a target."""
    if not inspect.isclass(value) or issubclass(value, BaseException | torch.nn.Module):
        return False
    return backward_of(value) is not None and not operations_of(value)


def _own(module: ModuleType) -> dict[str, Any]:
    """What a module defines itself."""
    items = vars(module).items()
    return {n: one for n, one in items if getattr(one, "__module__", "") == module.__name__}


def _modules(module: ModuleType, note: Note) -> Iterator[tuple[str, ModuleType | Broken]]:
    """The module itself, and all below it; one that is broken costs none of the others."""
    yield "", module
    for name, found in below(module, note):
        if isinstance(found, TargetError):
            yield name, Broken(str(found))
        else:
            yield f"{name}.", found


def _belongs(value: Any, module: ModuleType, *, alone: bool) -> bool:
    """Whether it is defined in this module or package, and not merely imported there."""
    if inspect.ismodule(value):
        return False
    said = getattr(value, "__module__", "") if inspect.isclass(value) else None
    defined = said if isinstance(said, str) else module.__name__
    inside = not alone and defined.startswith(f"{module.__name__}.")
    return defined == module.__name__ or inside


def _public_names(owner: Any) -> list[str]:
    listed: Iterable[Any] = (_has(owner, "__all__") and owner.__all__) or dir(owner)
    # Some list the classes themselves.
    names = [one if isinstance(one, str) else getattr(one, "__name__", "_") for one in listed]
    return [name for name in names if not name.startswith("_") and _has(owner, name)]


def _has(owner: Any, name: str) -> bool:
    """Whether it has it, and looking at it does no harm."""
    try:
        return hasattr(owner, name)
    except Exception:  # noqa: BLE001 a module may answer for its attributes itself
        return False


def _suggestion(wrong: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wrong, names, n=1)
    return f": did you mean {near[0]}?" if near else ""

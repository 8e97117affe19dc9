"""From what the user typed to an object: a dotted name, a package, or ``file.py:Class``."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.adapters import is_listed
from gradcheck.adapters.functions import function_pairs, pair_named
from gradcheck.adapters.shape import is_abstract
from gradcheck.errors import TargetError, one_line
from gradcheck.isolation import preserved_globals, silenced


@dataclass(frozen=True)
class Target:
    """Something to check, under the name that the user knows it by."""

    name: str
    object: Any


@dataclass(frozen=True)
class Broken:
    """What stands in the place of a module that cannot be imported, among others that can.

    Attributes:
        reason: Why.
    """

    reason: str


Note = Callable[[str], None]
"""Told in words what is left out."""


def resolve(name: str, note: Note = lambda words: None) -> tuple[Target, ...]:  # noqa: ARG005 nobody listens
    """All targets that a name stands for: one class or instance, or everything in a module.

    Raises:
        TargetError: If the name leads nowhere, or to nothing that has a backward.

    >>> [target.name for target in resolve("scratchnn.Tanh")]
    ['scratchnn.Tanh']
    """
    if _is_path(name) and _is_folder(Path(name)):
        targets = _in_folder(Path(name), note)
    else:
        found = _from_file(name) if _is_path(name) else _from_dotted_name(name)
        if not inspect.ismodule(found):
            return (Target(name, found),)
        targets = _in_module(name, found, ":" if _is_path(name) else ".", note)
    if not targets:
        raise TargetError(f"{name} defines nothing with a forward and a backward")
    return targets


def _in_module(
    name: str, module: ModuleType, separator: str, note: Note, *, alone: bool = False
) -> tuple[Target, ...]:
    targets = []
    for member, value in _members(module, alone=alone):
        full = f"{name}{separator}{member}"
        if is_abstract(value):
            note(f"{full} is left out: its forward or backward only raises, or does nothing")
        else:
            targets.append(Target(full, value))
    return tuple(targets)


def _in_folder(folder: Path, note: Note) -> tuple[Target, ...]:
    """Everything in the files of a folder and below it, each object once."""
    targets: dict[int, Target] = {}
    for path in sorted(folder.rglob("*.py")):
        inner = path.relative_to(folder).parts
        if inner[-1] == "__main__.py" or any(_is_elsewhere(part) for part in inner):
            continue
        try:
            found = _in_module(str(path), _from_file(str(path)), ":", note, alone=True)
        except TargetError as error:
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
    return path.endswith(".py") or "/" in path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long, or holds a zero
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _from_dotted_name(name: str) -> Any:
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        raise TargetError(
            f"{name!r} is neither a dotted name such as scratchnn.Linear "
            "nor a file such as path/to/layers.py:Linear"
        )
    module, rest = _longest_module(parts)
    found: Any = module
    for number, part in enumerate(rest):
        if not hasattr(found, part):
            where = ".".join(parts[: len(parts) - len(rest) + number])
            near = [*_public_names(found), *_submodules(found)]
            raise TargetError(f"{where} has no {part}{_suggestion(part, near)}")
        found = getattr(found, part)
    return found


def _longest_module(parts: list[str]) -> tuple[ModuleType, list[str]]:
    with _folder_on_path(Path.cwd()):
        for count in range(len(parts), 0, -1):
            prefix = ".".join(parts[:count])
            if _exists(prefix):
                return _import(prefix), parts[count:]
    here = [path.stem for path in Path.cwd().glob("*.py")]
    here += [path.parent.name for path in Path.cwd().glob("*/*.py")]
    top_levels = [*here, *(module.name for module in pkgutil.iter_modules())]
    raise TargetError(
        f"there is no module {parts[0]}{_suggestion(parts[0], top_levels)} "
        f"(a file is named as in path/to/layers.py:Linear, a class as in scratchnn.Linear)"
    )


def _exists(name: str) -> bool:
    try:
        with silenced(), preserved_globals():
            return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            raise TargetError(_unimportable(name, error)) from error  # a package above wants it
        return False
    except ValueError:
        return False
    except (Exception, SystemExit) as error:  # it imports the packages above
        raise TargetError(_unimportable(name, error)) from error


def _import(name: str) -> ModuleType:
    try:
        with silenced(), preserved_globals():
            return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise TargetError(_unimportable(name, error)) from error


def _unimportable(name: object, error: BaseException) -> str:
    words = f"importing {name} raised {one_line(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        words += f" (if nothing that is checked needs it: --stub {top})"
    return words


def _submodules(owner: Any) -> list[str]:
    return [found.name for found in pkgutil.iter_modules(getattr(owner, "__path__", None) or ())]


def _from_file(name: str) -> Any:
    path_text, _, member = name.partition(".py:")
    path = Path(path_text if path_text.endswith(".py") else f"{path_text}.py")
    if not _is_file(path):
        near = [str(path.with_name(other.name)) for other in _files_beside(path)]
        raise TargetError(f"there is no file {path}{_suggestion(str(path), near)}")
    found: Any = _load(path.resolve())
    if (pair := pair_named(found, member)) is not None:
        return pair
    where = str(path)
    for part in member.split(".") if member else ():
        if not hasattr(found, part):
            near = _public_names(found)
            raise TargetError(f"{where} defines no {part}{_suggestion(part, near)}")
        found, where = getattr(found, part), f"{path}:{part}"
    return found


def _files_beside(path: Path) -> list[Path]:
    return list(path.parent.glob("*.py")) if _is_folder(path.parent) else []


def _load(path: Path) -> ModuleType:
    """Import a file: by its dotted name if it lies in a package, else under a name of its own.

    Two files may bear one name, and so may the siblings that they import: nothing that was
    loaded for one of them may serve the other.
    """
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    with _folder_on_path(root), _folder_on_path(path.parent):
        if root == path.parent:
            own_name = _own_name(path)
            with _forgotten_siblings(root, keep=own_name):
                return _execute(own_name, path)
        inner = path.relative_to(root).with_suffix("").parts
        _forget_package_elsewhere(inner[0], root)
        if "." in inner[-1]:  # layers.v2.py has no dotted name
            parent = ".".join(inner[:-1])
            _import(parent)
            return _execute(f"{parent}.{_own_name(path)}", path)
        return _import(".".join(inner).removesuffix(".__init__"))


def _own_name(path: Path) -> str:
    """A name that no other file has, nor a module in use."""
    return f"{path.stem.replace('.', '_')}_{zlib.crc32(bytes(path)):x}"


def _execute(name: str, path: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with silenced(), preserved_globals():
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise TargetError(_unimportable(path, error)) from error
    return module


@contextmanager
def _forgotten_siblings(folder: Path, keep: str) -> Iterator[None]:
    """Forget, at the end, what an import has loaded from its own folder by name."""
    before = {*sys.modules, keep}
    yield
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        # A virtual environment may lie in the folder too: what is installed there stays.
        if file and Path(file).is_relative_to(folder) and "site-packages" not in Path(file).parts:
            del sys.modules[name]


def _forget_package_elsewhere(name: str, root: Path) -> None:
    """Forget a package of this name that was loaded from another folder."""
    known = getattr(sys.modules.get(name), "__file__", None)
    if known and not Path(known).is_relative_to(root):
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]


def _members(module: ModuleType, *, alone: bool = False) -> Iterator[tuple[str, Any]]:
    """Every hand-written backward of a module, and of the package below it, once.

    ``alone`` leaves out what lies below.
    """
    seen: set[int] = set()
    for prefix, part in [("", module)] if alone else _modules(module):
        if isinstance(part, Broken):
            yield prefix, part
            continue
        for name in _public_names(part):
            value = getattr(part, name)
            if id(value) in seen or not _belongs(value, module):
                continue
            if not (is_listed(value) or is_abstract(value)):
                continue
            seen.add(id(value))
            yield f"{prefix}{name}", value
        for name, pair in function_pairs(part).items():
            if _belongs(pair, module):
                yield f"{prefix}{name}", pair


def _modules(module: ModuleType) -> Iterator[tuple[str, ModuleType | Broken]]:
    """The module itself, and all below it; one that is broken costs none of the others."""
    yield "", module
    path, name = getattr(module, "__path__", ()), f"{module.__name__}."
    with silenced():
        below = list(pkgutil.walk_packages(path, name, onerror=lambda _: None))
    for found in below:
        # Importing a package's __main__ would run it.
        if found.name.endswith("__main__"):
            continue
        short = found.name.removeprefix(name)
        try:
            yield f"{short}.", _import(found.name)
        except TargetError as error:
            yield short, Broken(str(error))


def _belongs(value: Any, module: ModuleType) -> bool:
    """Whether it is defined in this module or package, and not merely imported there."""
    if inspect.ismodule(value):
        return False
    defined = getattr(value, "__module__", "") if inspect.isclass(value) else module.__name__
    return defined == module.__name__ or defined.startswith(f"{module.__name__}.")


def _public_names(owner: Any) -> list[str]:
    names: Iterable[str] = getattr(owner, "__all__", None) or dir(owner)
    return [name for name in names if not name.startswith("_") and hasattr(owner, name)]


def _suggestion(wrong: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wrong, names, n=1)
    return f": did you mean {near[0]}?" if near else ""


@contextmanager
def _folder_on_path(folder: Path) -> Iterator[None]:
    """Let imports find what lies in a folder, for the time of an import."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))

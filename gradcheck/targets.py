"""From what the user typed to an object: a dotted name, a package, or ``file.py:Class``."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.adapters import recognised
from gradcheck.adapters.functions import function_pairs, pair_named
from gradcheck.errors import TargetError, one_line


@dataclass(frozen=True)
class Target:
    """Something to check, under the name that the user knows it by."""

    name: str
    object: Any


def resolve(name: str) -> tuple[Target, ...]:
    """All targets that a name stands for: one class or instance, or everything in a module.

    Raises:
        TargetError: If the name leads nowhere, or to nothing that has a backward.

    >>> [target.name for target in resolve("scratchnn.Tanh")]
    ['scratchnn.Tanh']
    """
    found = _from_file(name) if _is_path(name) else _from_dotted_name(name)
    if not inspect.ismodule(found):
        return (Target(name, found),)
    separator = ":" if _is_path(name) else "."
    targets = tuple(
        Target(f"{name}{separator}{member}", value) for member, value in _members(found)
    )
    if not targets:
        raise TargetError(f"{name} defines nothing with a forward and a backward")
    return targets


def _is_path(name: str) -> bool:
    path = name.rpartition(":")[0] or name
    return path.endswith(".py") or "/" in path


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
            raise TargetError(f"{where} has no {part}{_suggestion(part, _public_names(found))}")
        found = getattr(found, part)
    return found


def _longest_module(parts: list[str]) -> tuple[ModuleType, list[str]]:
    with _folder_on_path(Path.cwd()):
        for count in range(len(parts), 0, -1):
            prefix = ".".join(parts[:count])
            if _exists(prefix):
                return _import(prefix), parts[count:]
    top_levels = [module.name for module in pkgutil.iter_modules()]
    raise TargetError(
        f"there is no module {parts[0]}{_suggestion(parts[0], top_levels)} "
        f"(a file is named as in path/to/layers.py:Linear, a class as in scratchnn.Linear)"
    )


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ModuleNotFoundError, ValueError):
        return False
    except (Exception, SystemExit) as error:  # it imports the packages above
        raise TargetError(f"importing {name} raised {one_line(error)}") from error


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise TargetError(f"importing {name} raised {one_line(error)}") from error


def _from_file(name: str) -> Any:
    path_text, _, member = name.partition(".py:")
    path = Path(path_text if path_text.endswith(".py") else f"{path_text}.py")
    if not path.is_file():
        near = [str(path.with_name(other.name)) for other in path.parent.glob("*.py")]
        raise TargetError(f"there is no file {path}{_suggestion(str(path), near)}")
    module = _load(path.resolve())
    if not member:
        return module
    if (pair := pair_named(module, member)) is not None:
        return pair
    if not hasattr(module, member):
        raise TargetError(f"{path} defines no {member}{_suggestion(member, _public_names(module))}")
    return getattr(module, member)


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
            own_name = f"{path.stem}_{zlib.crc32(bytes(path)):x}"
            with _forgotten_siblings(root, keep=own_name):
                return _execute(own_name, path)
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        _forget_package_elsewhere(name.partition(".")[0], root)
        return _import(name)


def _execute(name: str, path: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise TargetError(f"importing {path} raised {one_line(error)}") from error
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


def _members(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Every hand-written backward of a module, and of the package below it, once."""
    seen: set[int] = set()
    for prefix, part in _modules(module):
        for name in _public_names(part):
            value = getattr(part, name)
            if id(value) in seen or not _belongs(value, module) or not recognised(value):
                continue
            seen.add(id(value))
            yield f"{prefix}{name}", value
        for name, pair in function_pairs(part).items():
            if _belongs(pair, module):
                yield f"{prefix}{name}", pair


def _modules(module: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    yield "", module
    for found in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
        # Importing a package's __main__ would run it.
        if not found.name.endswith("__main__"):
            yield f"{found.name.removeprefix(module.__name__ + '.')}.", _import(found.name)


def _belongs(value: Any, module: ModuleType) -> bool:
    """Whether it is defined in this module or package, and not merely imported there."""
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

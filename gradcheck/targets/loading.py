"""Imports of somebody's files and packages, as they would be found where they lie.

What an import cannot find is looked for in the folders above; a library that is not installed is
stood in for, and a package whose ``__init__`` fails for another reason is entered without it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from gradcheck.errors import TargetError, one_line
from gradcheck.foreign import old_names
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.targets.stubs import stubbed

Note = Callable[[str], None]
"""Told in words what is left out, or stood in for."""

_LISTENERS: list[Note] = []

_REMEDIES = 12
_LEVELS = 4


def find(name: str, note: Note) -> tuple[ModuleType, list[str]] | None:
    """The module with the longest name that a dotted name begins with, and what is left of it.

    Raises:
        TargetError: If it is there and cannot be imported.
    """
    parts = name.split(".")
    here = Path.cwd()
    if (here / parts[0]).is_dir() or (here / f"{parts[0]}.py").is_file():
        forget_elsewhere(parts[0], here)  # what was loaded from another folder is not meant
    with folder_on_path(here):
        for count in range(len(parts), 0, -1):
            prefix = ".".join(parts[:count])
            if _exists(prefix, note):
                return imported(prefix, note), parts[count:]
    return None


def imported(name: str, note: Note) -> ModuleType:
    """The module of this name.

    Raises:
        TargetError: If importing it raises.
    """
    return _remedied(name, lambda: importlib.import_module(name), Path.cwd(), note)


@contextmanager
def told_of_imports(listener: Note) -> Iterator[None]:
    """Tell a listener the name of each import before it runs; it may raise to refuse it."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)


def load(path: Path, note: Note) -> ModuleType:
    """Import a file: by its dotted name if it lies in a package, else under a name of its own.

    Two files may bear one name, and so may the siblings that they import: nothing that was
    loaded for one of them may serve the other.
    """
    root = _root_of(path)
    outer, inner_most = _as_searched(root, path.parent)
    with folder_on_path(outer), folder_on_path(inner_most):
        if root == path.parent:
            own_name = _own_name(path)
            with _forgotten_siblings(root, keep=own_name):
                return _execute(own_name, path, note)
        inner = path.relative_to(root).with_suffix("").parts
        forget_elsewhere(inner[0], root)
        if "." in inner[-1]:  # layers.v2.py has no dotted name
            parent = ".".join(inner[:-1])
            imported(parent, note)
            return _execute(f"{parent}.{_own_name(path)}", path, note)
        return _inside(".".join(inner).removesuffix(".__init__"), root, note)


def _as_searched(root: Path, folder: Path) -> tuple[Path, Path]:
    """Both, that in which a name is looked for first as the last: a file's own folder.

    Unless a file there bears the name of the package that it is a part of.
    """
    top = folder.relative_to(root).parts[:1]
    is_hidden = bool(top) and (folder / f"{top[0]}.py").is_file()
    return (folder, root) if is_hidden else (root, folder)


def below(module: ModuleType, note: Note) -> Iterator[tuple[str, ModuleType | TargetError]]:
    """Every module of a package, by its name inside; in the place of a broken one, the reason."""
    path, prefix = vars(module).get("__path__", ()), f"{module.__name__}."
    with silenced():
        names = [found.name for found in pkgutil.walk_packages(path, prefix, lambda _: None)]
    for name in names:
        # Importing a package's __main__ would run it.
        if name.endswith("__main__"):
            continue
        try:
            yield name.removeprefix(prefix), imported(name, note)
        except TargetError as error:
            yield name.removeprefix(prefix), error


def forget_elsewhere(name: str, root: Path) -> None:
    """Forget a package of this name that was loaded from another folder."""
    known = getattr(sys.modules.get(name), "__file__", None)
    if known and not Path(known).is_relative_to(root):
        _forget(name)


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


def _remedied(name: object, run: Callable[[], ModuleType], place: Path, note: Note) -> ModuleType:
    """Run an import; where it fails for want of a module, find that or stand in for it."""
    for listener in _LISTENERS:
        listener(str(name))
    with ExitStack() as remedies:
        for _ in range(_REMEDIES):
            try:
                with silenced(), preserved_globals(), old_names.answered() as asked:
                    module = run()
            except ModuleNotFoundError as error:
                remedy = _remedy(error, name, place, note)
                if remedy is None:
                    raise TargetError(_unimportable(name, error)) from error
                remedies.enter_context(remedy)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                raise TargetError(_unimportable(name, error)) from error
            else:
                if asked:
                    note(f"{name}: {old_names.said(asked)}")
                return module
    raise TargetError(f"importing {name} wants more than {_REMEDIES} modules that are not there")


def _tell(name: object) -> None:
    for listener in _LISTENERS:
        listener(str(name))


def _remedy(error: ModuleNotFoundError, name: object, place: Path, note: Note) -> Any:
    """What may help: a folder above that holds the module, or a stand-in for it."""
    top = (error.name or "").partition(".")[0]
    if not top or str(name).partition(".")[0] == top:
        return None
    for folder in (place, *list(place.parents)[:_LEVELS]):
        if (folder / top).is_dir() or (folder / f"{top}.py").is_file():
            if str(folder) in sys.path:
                return None  # it is there, and lacks what is asked of it
            forget_elsewhere(top, folder)
            return folder_on_path(folder)
    if _is_installed(top):
        return None
    note(f"{top} is not installed: a stand-in takes its place")
    return stubbed([top])


def _is_installed(name: str) -> bool:
    with suppress(Exception):
        return importlib.util.find_spec(name) is not None
    return False


def _inside(name: str, root: Path, note: Note) -> ModuleType:
    """A module of a package; where the ``__init__`` of one above it fails, without that."""
    try:
        return _remedied(name, lambda: importlib.import_module(name), root, note)
    except TargetError as refused:
        parts = name.split(".")
        above = [".".join(parts[:count]) for count in range(1, len(parts))]
        made = [package for package in above if _made_bare(package, root)]
        if not made:
            raise
        try:
            module = _remedied(name, lambda: importlib.import_module(name), root, note)
        except TargetError:
            raise refused from None
        finally:
            for package in made:
                sys.modules.pop(package, None)
        return module


def _made_bare(name: str, root: Path) -> bool:
    """Put a package without its ``__init__`` in the place of one that cannot be imported."""
    with suppress(Exception, SystemExit), silenced(), preserved_globals():
        importlib.import_module(name)
        return False
    module = ModuleType(name)
    module.__path__ = [str(root.joinpath(*name.split(".")))]
    sys.modules[name] = module
    return True


def _exists(name: str, note: Note) -> bool:
    _tell(name)  # it imports the packages above
    try:
        with silenced(), preserved_globals():
            return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and not f"{name}.".startswith(f"{error.name}."):
            above = name.rpartition(".")[0]
            imported(above, note)  # it wants a module that is not there: find that
            return importlib.util.find_spec(name) is not None
        return False
    except ValueError:
        return False
    except (Exception, SystemExit) as error:
        raise TargetError(_unimportable(name, error)) from error


def _unimportable(name: object, error: BaseException) -> str:
    words = f"importing {name} raised {one_line(error)}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        words += f" (if nothing that is checked needs it: --stub {top})"
    return words


def _root_of(path: Path) -> Path:
    """The folder above its package: above every ``__init__``, and all that its imports climb to."""
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    climbed = path.parents[min(_dots_in(path), len(path.parents) - 1)]
    return climbed if root.is_relative_to(climbed) else root


def _dots_in(path: Path) -> int:
    """How far up its imports look: ``from ..layers`` two, as a part of a package alone may."""
    with suppress(OSError, UnicodeDecodeError):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"^from (\.+)[\w.]* import\b", text, re.MULTILINE)
        return max(map(len, found), default=0)
    return 0


def _own_name(path: Path) -> str:
    """A name that no other file has, nor a module in use."""
    return f"{path.stem.replace('.', '_')}_{zlib.crc32(bytes(path)):x}"


def _execute(name: str, path: Path, note: Note) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetError(f"{path} is no Python file")
    loader = spec.loader

    def run() -> ModuleType:
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    return _remedied(path, run, path.parent, note)


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


def _forget(name: str) -> None:
    for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[loaded]

"""What of a module, and of the package below it, is a hand-written backward."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from gradcheck.adapters import is_listed, rules
from gradcheck.adapters.compositions import compositions_in
from gradcheck.adapters.functions import function_pairs, object_wanted_by
from gradcheck.adapters.operations import operations_in, operations_of
from gradcheck.adapters.partners import unpaired
from gradcheck.adapters.shape import backward_of, is_abstract
from gradcheck.adapters.unbound import as_meant
from gradcheck.errors import TargetError
from gradcheck.targets.hidden import hidden_functions
from gradcheck.targets.loading import Note, below
from gradcheck.targets.neighbours import pairs_beside


@dataclass(frozen=True)
class Broken:
    """What stands in the place of a module that cannot be imported, among others that can.

    Attributes:
        reason: Why.
    """

    reason: str


def members(
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
        for name in (*public_names(part), *hidden_functions(part)):
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
    pairs = {**compositions_in(part), **pairs, **operations_in(part)}
    for name, pair in pairs.items():
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


def public_names(owner: Any) -> list[str]:
    """What it lists, or has, under a name without an underscore."""
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

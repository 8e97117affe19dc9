"""A target with a changed backward: a subclass, made in memory; no file of anybody is touched."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.injection.syntax import mutations
from gradcheck.pair import Pair
from gradcheck.targets import Target

_MAKER = "__made_for"


@dataclass(frozen=True)
class Mutant:
    """A target with one change in the source of its backward."""

    target: Target
    what: str
    line: int


def mutants_of(target: Target) -> Iterator[Mutant]:
    """One for each change; none where the source is not at hand."""
    owner, name = _owner_of(target.object)
    function = _function_of(owner, name)
    if function is None:
        return
    try:
        source = textwrap.dedent(inspect.getsource(function))
        first = inspect.getsourcelines(function)[1]
        tree = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError):  # a lambda in the middle of an expression, or no file
        return
    if not isinstance(tree, ast.FunctionDef):
        return
    tree.decorator_list = []
    for mutation in mutations(tree):
        changed = _compiled(mutation.tree, function, owner)
        if changed is not None:
            made = _with(target.object, name, changed)
            line = first + mutation.line - 1
            yield Mutant(replace(target, object=made), mutation.what, line)


def _owner_of(thing: Any) -> tuple[Any, str]:
    """What holds the backward, and its name there."""
    if isinstance(thing, Pair):
        return thing, "backward"
    kind = thing if inspect.isclass(thing) else type(thing)
    named = [n for n in ("backward", "vjp") if n in dir(kind)]
    return kind, named[0] if named else "backward"


def _function_of(owner: Any, name: str) -> Callable[..., Any] | None:
    """The plain function behind the backward, whatever wraps it."""
    found = owner.backward if isinstance(owner, Pair) else inspect.getattr_static(owner, name, None)
    found = getattr(found, "__func__", found)
    plain = inspect.unwrap(found) if callable(found) else None
    return plain if inspect.isfunction(plain) else None


def _compiled(
    tree: ast.FunctionDef, function: Callable[..., Any], owner: Any
) -> Callable[..., Any] | None:
    """The changed function among the very globals of the old one.

    Compiled inside another function, whose argument is what ``super()`` looks for.
    """
    holder = _holder(owner, function)
    cells = inspect.getclosurevars(function).nonlocals
    maker = ast.FunctionDef(
        name=_MAKER,
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(name) for name in ("__class__", *cells)],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[tree, ast.Return(ast.Name(tree.name, ast.Load()))],
        decorator_list=[],
        type_params=[],
    )
    module = ast.fix_missing_locations(ast.Module([maker], []))
    names = dict(function.__globals__)
    try:
        exec(compile(module, f"<{tree.name}, changed>", "exec", dont_inherit=True), names)  # noqa: S102
        made: Callable[..., Any] = names[_MAKER](holder, *cells.values())
    except (SyntaxError, ValueError, TypeError):
        return None
    made.__defaults__ = function.__defaults__
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _holder(owner: Any, function: Callable[..., Any]) -> Any:
    """The class in which the function is written: its ``super()`` starts there."""
    for kind in getattr(owner, "__mro__", ()):
        if any(getattr(v, "__func__", v) is function for v in vars(kind).values()):
            return kind
    return owner


def _with(thing: Any, name: str, changed: Callable[..., Any]) -> Any:
    """The same thing, but for its backward."""
    if isinstance(thing, Pair):
        return replace(thing, backward=changed)
    kind = thing if inspect.isclass(thing) else type(thing)
    static = isinstance(inspect.getattr_static(kind, name), staticmethod)
    body = {
        name: staticmethod(changed) if static else changed,
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__qualname__": kind.__qualname__,
    }
    made = type(kind)(kind.__name__, (kind,), body)
    if inspect.isclass(thing):
        return made
    twin = copy.copy(thing)
    twin.__class__ = made
    return twin

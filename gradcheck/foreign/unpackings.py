"""What an argument of a constructor holds, as the class's source takes it apart.

In ``kh, kw, _, out = self.kernel`` its author says that a kernel is four numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradcheck.foreign.source import trees_of


def counts_of(target: type) -> dict[str, int]:
    """The arguments that are taken apart, and into how many; not those that may be one number.

    >>> from gradcheck.cases.spec import Spec
    >>> counts_of(Spec)
    {}
    """
    nodes, kept, asked = _read(target)
    found: dict[str, int] = {}
    for node in nodes:
        for name, count in _taken_apart(node):
            mine = kept.get(name, name)
            found[mine] = max(count, found.get(mine, 0))
    return {name: count for name, count in found.items() if name and name not in asked}


def listed_in(target: type) -> set[str]:
    """The arguments whose length is asked, however long they are; not those that may be one thing.

    >>> from gradcheck.cases.spec import Part
    >>> listed_in(Part)
    set()
    """
    nodes, kept, asked = _read(target)
    found = {kept.get(name, name) for node in nodes for name in _measured(node)}
    return found - asked - {""}


def shapes_in(target: type) -> set[str]:
    """The arguments that are the whole shape of something made: ``np.random.randn(*shape)``.

    >>> from gradcheck.cases.spec import Part
    >>> shapes_in(Part)
    set()
    """
    nodes, kept, _ = _read(target)
    found = {kept.get(name, name) for node in nodes for name in _made_of(node)}
    return found - {""}


def _read(target: type) -> tuple[list[ast.AST], dict[str, str], set[str]]:
    """Its source, attribute → the argument kept in it, and the arguments whose kind is asked."""
    nodes = [node for tree in trees_of(target) for node in ast.walk(tree)]
    kept = dict(pair for node in nodes for pair in _kept_argument(node))
    return nodes, kept, {kept.get(name, name) for node in nodes for name in _asked_about(node)}


def _measured(node: ast.AST) -> Iterator[str]:
    """``len(layers)``, ``enumerate(self.layers)``, ``layers[i]``, ``[size] + sizes``."""
    match node:
        case ast.Call(func=ast.Name(id="len" | "enumerate"), args=[held, *_]):
            yield _name(held)
        case ast.Subscript(value=held, slice=ast.Name()):
            yield _name(held)
        case ast.BinOp(left=ast.List(), op=ast.Add(), right=held):
            yield _name(held)
        case ast.BinOp(left=held, op=ast.Add(), right=ast.List()):
            yield _name(held)
        case ast.List(elts=parts):
            yield from (_name(one.value) for one in parts if isinstance(one, ast.Starred))


def _made_of(node: ast.AST) -> Iterator[str]:
    """``randn(*shape)``, ``zeros(shape)``, ``normal(size=shape)``."""
    if not isinstance(node, ast.Call):
        return
    yield from (_name(one.value) for one in node.args if isinstance(one, ast.Starred))
    yield from (_name(one.value) for one in node.keywords if one.arg in {"size", "shape"})
    if isinstance(node.func, ast.Attribute) and node.func.attr in _MAKERS:
        yield from map(_name, node.args[:1])


_MAKERS = {"zeros", "ones", "empty", "full", "random_sample", "standard_normal"}


def _kept_argument(node: ast.AST) -> Iterator[tuple[str, str]]:
    """``self.kernel = kernel_size``; several at once, too."""
    if not isinstance(node, ast.Assign):
        return
    for one in node.targets:
        many = isinstance(one, ast.Tuple) and isinstance(node.value, ast.Tuple)
        into = one.elts if many else [one]  # type: ignore[attr-defined] # it has
        values = node.value.elts if many else [node.value]  # type: ignore[attr-defined] # the same
        for target, value in zip(into, values, strict=False):
            if (name := _attribute(target)) and isinstance(value, ast.Name):
                yield name, value.id


def _asked_about(node: ast.AST) -> Iterator[str]:
    """``isinstance(kernel, int)``, ``type(self.kernel)``."""
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    if named and node.func.id in {"isinstance", "type", "hasattr"}:  # type: ignore[attr-defined] # it is
        yield _name(node.args[0])  # type: ignore[attr-defined] # it is


def _taken_apart(node: ast.AST) -> Iterator[tuple[str, int]]:
    """``kh, kw = kernel``, ``len(kernel) == 2``, ``kernel[1]``; of ``self.kernel`` too."""
    match node:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="len"), args=[held]),
            ops=[ast.Eq() | ast.NotEq()],
            comparators=[ast.Constant(value=int(count))],
        ):
            yield _name(held), count
        case ast.Subscript(value=held, slice=ast.Constant(value=int(last))) if last > 0:
            yield _name(held), last + 1
        case ast.Assign():
            yield from _assigned_apart(node)


def _assigned_apart(node: ast.Assign) -> Iterator[tuple[str, int]]:
    for into in node.targets:
        if isinstance(into, ast.Tuple) and not any(isinstance(x, ast.Starred) for x in into.elts):
            yield _name(node.value), len(into.elts)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else _attribute(node)


def _attribute(node: ast.expr) -> str:
    """The name of an attribute of ``self``; empty for all else."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return ""
    return node.attr if node.value.id == "self" else ""

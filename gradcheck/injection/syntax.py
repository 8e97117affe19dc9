"""Every single change of a backward's syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from gradcheck.injection.edits import options


@dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes:
        what: The source before and after, in one line.
        line: Where.
        statement: The lines of the statement around it, of which one runs if it does.
        tree: The function after it.
    """

    what: str
    line: int
    statement: range
    tree: ast.FunctionDef


def mutations(function: ast.FunctionDef) -> Iterator[Mutation]:
    """Every single change of a function's body, each once."""
    places = list(_places(function))
    seen = {ast.dump(function)}
    for number in range(len(places)):
        node, around = places[number]
        for make in options(node):
            tree = copy.deepcopy(function)
            place, _ = list(_places(tree))[number]
            before, after = _words(place), _placed(make(place) or ast.Pass(), around.start)
            _Replace(place, after).visit(tree)
            if ast.dump(tree) not in seen:
                seen.add(ast.dump(tree))
                told = f"{before} → {_words(after)}"
                line = getattr(node, "lineno", around.start)
                yield Mutation(told, line, around, ast.fix_missing_locations(tree))


def _places(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, range]]:
    """Every node that may be changed, with the lines of its statement.

    Not what refuses wrong calls, or runs after something has failed: no gradient comes of it.  Nor
    the condition of a loop, which might never end.
    """
    for statement in function.body:
        yield from _inside(statement, _own_lines(statement))


def _inside(node: ast.AST, around: range) -> Iterator[tuple[ast.AST, range]]:
    if isinstance(node, ast.Raise | ast.Assert | ast.While | ast.JoinedStr | ast.ExceptHandler):
        return
    yield node, around
    for name, field in ast.iter_fields(node):
        if name == "annotation":
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.stmt):
                yield from _inside(child, _own_lines(child))
            elif isinstance(child, ast.AST):
                yield from _inside(child, around)


def _own_lines(statement: ast.stmt) -> range:
    """The lines of a statement without the block below it."""
    block = getattr(statement, "body", None)
    last = block[0].lineno - 1 if block else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


class _Replace(ast.NodeTransformer):
    """Put one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace it where it is found."""
        if node is self._old:
            return self._new
        visited: ast.AST = self.generic_visit(node)
        return visited


def _placed(node: ast.AST, line: int) -> ast.AST:
    """A new node, where the old one stood."""
    node.lineno = node.end_lineno = line  # type: ignore[attr-defined] # it takes any attribute
    node.col_offset = node.end_col_offset = 0  # type: ignore[attr-defined] # the same
    return ast.fix_missing_locations(node)


def _words(node: ast.AST) -> str:
    if isinstance(node, ast.Pass):
        return "nothing"
    if isinstance(node, ast.If):
        return f"{ast.unparse(node.body[0])}, twice"
    return " ".join(ast.unparse(node).split())

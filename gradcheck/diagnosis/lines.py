"""The statement of a backward that produced a leaf's gradient, read from its syntax tree.

An input's gradient is what the backward returns, in the order of the inputs; a parameter's is what
is stored under its name: ``self.bias.grad += ...``, ``self.bias.accumulate(...)``, ``self.db =``,
``grads["b"] = ...``.  A name is followed to where it was computed.  Where nothing of that is
written, the first line of the backward is all that can be said.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gradcheck.records import Source
from gradcheck.subject import Leaf, Role, Subject

_ADDING = ("accumulate", "add_", "add_grad", "index_add_", "scatter_add_")
# A gradient beside its parameter: dW, dw, grad_w, w_grad, W_gradient, ...
_AROUND = ("d", "grad_", "grad", "_grad", "_gradient", "g", "dl_d", "dldw", "weight_")


def statements_of(subject: Subject, position: int) -> tuple[Source, ...]:
    """Where the leaf's gradient is written; empty where that cannot be told."""
    source = subject.source
    function = _function(source)
    if source is None or function is None:
        return ()
    leaf = subject.leaves[position]
    if leaf.role == Role.PARAMETER:
        name = _last_name(leaf.name)
        lines = [node.lineno for node in _own(function) if _stores(node, name)]
    else:
        lines = [node.lineno for node in _returned(function, position)]
    return tuple(replace(source, line=line) for line in dict.fromkeys(lines))


def adds_twice(source: Source | None, leaf: Leaf) -> bool:
    """Whether the backward adds to the leaf's gradient in more than one statement."""
    function = _function(source)
    if function is None or leaf.role != Role.PARAMETER:
        return False
    name = _last_name(leaf.name)
    return sum(_stores(node, name) and _is_adding(node) for node in _own(function)) > 1


@functools.lru_cache(maxsize=64)
def _tree(path: Path, changed: float) -> ast.Module | None:
    del changed  # a file that was edited is another file
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None


def _function(source: Source | None) -> ast.FunctionDef | ast.Lambda | None:
    """The backward that stands at a line: decorators stand above it."""
    path = Path(source.file) if source else None
    if source is None or path is None or not path.is_file():
        return None
    tree = _tree(path, path.stat().st_mtime)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first <= source.line <= node.lineno and source.function.endswith(node.name):
                return node
    return None


def _own(function: ast.FunctionDef | ast.Lambda) -> Iterator[ast.stmt]:
    """The statements of a function in order, without those of functions inside it."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.stmt):
            yield from _within(child)


def _within(statement: ast.stmt) -> Iterator[ast.stmt]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return
    yield statement
    for child in ast.iter_child_nodes(statement):
        if isinstance(child, ast.stmt):
            yield from _within(child)


def _returned(
    function: ast.FunctionDef | ast.Lambda, position: int
) -> Iterator[ast.expr | ast.stmt]:
    """What each return gives for one input; the statement that computed it, where it is a name."""
    statements: list[ast.stmt] = list(_own(function))
    for statement in statements:
        if not isinstance(statement, ast.Return) or statement.value is None:
            continue
        value = statement.value
        if isinstance(value, ast.Tuple) and position < len(value.elts):
            value = value.elts[position]
        named = value.id if isinstance(value, ast.Name) else ""
        computed = [s for s in statements if named and named in _assigned(s)]
        yield computed[-1] if computed else value


def _assigned(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value, also in part."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    return {root for target in targets for root in _roots(target)}


def _roots(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _roots(element)
    elif isinstance(target, ast.Subscript | ast.Starred):
        yield from _roots(target.value)
    elif isinstance(target, ast.Name):
        yield target.id


def _stores(statement: ast.stmt, name: str) -> bool:
    """Whether it writes to the gradient of the parameter of that name."""
    if isinstance(statement, ast.Assign):
        return any(_is_of(target, name) for target in statement.targets)
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return _is_of(statement.target, name)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return call.func.attr in _ADDING and _is_of(call.func.value, name)
    return False


def _is_adding(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AugAssign | ast.Expr)


def _is_of(target: ast.expr, name: str) -> bool:
    """Whether an attribute, or a key, is called like the parameter, or like its gradient."""
    words = [word for word in _words(target) if word != "self"]
    return bool(words) and any(_is_called(word, name) for word in words)


def _words(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Attribute):
        yield target.attr
        yield from _words(target.value)
    elif isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
            yield target.slice.value
        yield from _words(target.value)
    elif isinstance(target, ast.Tuple):
        for element in target.elts:
            yield from _words(element)


def _is_called(word: str, name: str) -> bool:
    word, name = word.lower(), name.lower()
    return word == name or any(word in (f"{more}{name}", f"{name}{more}") for more in _AROUND)


def _last_name(name: str) -> str:
    return name.rpartition(".")[2]

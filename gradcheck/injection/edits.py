"""What may be done to one piece of a backward: mistakes that people make.

A transpose, a sum, a factor or a term dropped; an axis, a sign or a comparison changed; an
accumulation skipped, doubled, or turned into an assignment.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

Make = Callable[[Any], ast.AST | None]
"""A node → what takes its place; None for nothing, where it is a statement."""

_REDUCTIONS = {"sum": "mean", "mean": "sum"}
_DROPPED_CALLS = (
    *(
        "sum",
        "mean",
        "transpose",
        "permute",
        "t",
        "flip",
        "masked_fill",
        "clamp",
        "reshape",
        "sqrt",
    ),
    *("view", "expand", "expand_as", "sign", "abs", "square", "unsqueeze", "squeeze", "contiguous"),
)
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def options(node: ast.AST) -> Iterator[Make]:
    """What may be done to one node."""
    for kind, edits in _BY_KIND.items():
        if isinstance(node, kind):
            yield from edits(node)


def _of_binary(node: ast.BinOp) -> Iterator[Make]:
    kind = type(node.op)
    if kind in _OPERATORS:
        yield lambda n: ast.BinOp(n.left, _OPERATORS[type(n.op)](), n.right)
        yield lambda n: n.left
        yield lambda n: n.right
    if kind is ast.MatMult:
        yield lambda n: ast.BinOp(_transposed(n.left), n.op, n.right)
        yield lambda n: ast.BinOp(n.left, n.op, _transposed(n.right))


def _of_unary(node: ast.UnaryOp) -> Iterator[Make]:
    if isinstance(node.op, ast.USub | ast.Invert | ast.Not):
        yield lambda n: n.operand


def _of_attribute(node: ast.Attribute) -> Iterator[Make]:
    if node.attr in ("T", "mT"):
        yield lambda n: n.value


def _of_compare(node: ast.Compare) -> Iterator[Make]:
    for other in _COMPARISONS.get(type(node.ops[0]), ()):
        yield lambda n, other=other: ast.Compare(n.left, [other(), *n.ops[1:]], n.comparators)  # type: ignore[misc]


def _of_call(node: ast.Call) -> Iterator[Make]:
    if not isinstance(node.func, ast.Attribute):
        return
    name = node.func.attr
    if name in _REDUCTIONS:
        yield _renamed(_REDUCTIONS[name])
    if name in _DROPPED_CALLS and not _is_module(node.func.value):
        yield lambda n: n.func.value
    for number, argument in enumerate(node.args):
        if _is_axis(argument) and name in (*_REDUCTIONS, "flip", "unsqueeze", "squeeze"):
            yield lambda n, number=number: _with_argument(n, number)  # type: ignore[misc]
    for number, keyword in enumerate(node.keywords):
        if keyword.arg in ("dim", "axis") and _is_axis(keyword.value):
            yield lambda n, number=number: _with_keyword(n, number)  # type: ignore[misc]


def _of_constant(node: ast.Constant) -> Iterator[Make]:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        yield lambda n: ast.Constant(n.value + 1)


def _of_augmented(node: ast.AugAssign) -> Iterator[Make]:
    yield lambda n: None  # noqa: ARG005 nothing takes its place
    if isinstance(node.op, ast.Add):
        yield lambda n: ast.Assign([n.target], n.value)


def _of_expression(node: ast.Expr) -> Iterator[Make]:
    if isinstance(node.value, ast.Call):
        yield lambda n: None  # noqa: ARG005 nothing takes its place
        yield lambda n: ast.If(ast.Constant(value=True), [n, copy.deepcopy(n)], [])


def _of_return(node: ast.Return) -> Iterator[Make]:
    if node.value is not None and not isinstance(node.value, ast.Tuple | ast.Constant):
        yield lambda n: ast.Return(ast.UnaryOp(ast.USub(), n.value))


_BY_KIND: dict[type[ast.AST], Callable[[Any], Iterator[Make]]] = {
    ast.BinOp: _of_binary,
    ast.UnaryOp: _of_unary,
    ast.Attribute: _of_attribute,
    ast.Compare: _of_compare,
    ast.Call: _of_call,
    ast.Constant: _of_constant,
    ast.AugAssign: _of_augmented,
    ast.Expr: _of_expression,
    ast.Return: _of_return,
}


def _renamed(name: str) -> Make:
    def make(node: ast.Call) -> ast.AST:
        changed = copy.copy(node)
        changed.func = copy.copy(node.func)
        changed.func.attr = name  # type: ignore[attr-defined] # only attributes are renamed
        return changed

    return make


def _with_argument(node: ast.Call, number: int) -> ast.AST:
    changed = copy.copy(node)
    arguments = list(node.args)
    arguments[number] = _other_axis(arguments[number])
    changed.args = arguments
    return changed


def _with_keyword(node: ast.Call, number: int) -> ast.AST:
    changed = copy.copy(node)
    keywords = list(node.keywords)
    old = keywords[number]
    keywords[number] = ast.keyword(old.arg, _other_axis(old.value))
    changed.keywords = keywords
    return changed


def _is_axis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.UnaryOp) and isinstance(_number(node), int)


def _number(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _other_axis(node: ast.expr) -> ast.expr:
    """The last axis for the first ones, and the first for the last."""
    return ast.Constant(0) if _number(node) != 0 else ast.Constant(-1)


def _transposed(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        return node.value
    return ast.Attribute(node, "mT", ast.Load())


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("torch", "np", "numpy", "math")

"""What a source asks about the shape of its input, answered the other way.

Where it asks for more than two axes, inputs with three; where it compares sizes, inputs that have
as many samples as features.  A formula for that case is reached by no other input.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from gradcheck.adapters.uses import functions_in
from gradcheck.cases.case import Case
from gradcheck.cases.spec import Shape, Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.sizes import resized
from gradcheck.foreign.source import trees_of

_ROWS = 2
_STEPS = 6


def otherwise_shaped(target: type, spec: Spec, build: Callable[[Spec], Case]) -> tuple[Spec, ...]:
    """The spec with another axis, and square, where its source looks, and its backward answers."""
    first = spec.shapes[0] if spec.shapes else ()
    if len(first) != _ROWS or spec.bundled:
        return ()
    asked = {word for one in (target, *functions_in(target)) for word in _asked(one)}
    found = []
    if "axes" in asked:
        found.append(replace(spec, shapes=tuple(_longer(one, first) for one in spec.shapes)))
    if "sizes" in asked and first[0] != first[1]:
        found.append(resized(spec, {first[0]: first[1]}))
    good = (replace(one, on_kinks=False) for one in found)
    return tuple(one for one in good if attempt_at(build(one)).reach == GOOD)


def _longer(shape: Shape, first: Shape) -> Shape:
    """With an axis of steps between the samples and the features."""
    return (shape[0], _STEPS, *shape[1:]) if shape == first else shape


def _asked(target: type) -> Iterator[str]:
    """``axes`` where it expects more than two, ``sizes`` where it compares one with another."""
    for tree in trees_of(target):
        nodes = [*ast.walk(tree)]
        compared = [
            (one, (one.left, *one.comparators)) for one in nodes if isinstance(one, ast.Compare)
        ]
        counting = [(one, sides) for one, sides in compared if any(map(_counts_axes, sides))]
        if any(_tells_of_many(*one) for one in counting) or (
            counting and any(map(_leads_by_any, nodes))
        ):
            yield "axes"
        if any(sum(map(_is_size, sides)) > 1 for _, sides in compared):
            yield "sizes"


def _tells_of_many(node: ast.Compare, sides: Sequence[ast.expr]) -> bool:
    """Whether it is ``x.ndim > 2`` or ``x.ndim == 3``: what is not two axes may be one."""
    numbers = [one.value for one in sides if isinstance(one, ast.Constant)]
    beyond = isinstance(node.ops[0], ast.Gt | ast.NotEq) and _ROWS in numbers
    return beyond or _ROWS + 1 in numbers


def _leads_by_any(node: ast.AST) -> bool:
    """Whether it counts axes from the last, or leaves the first ones out: ``-2``, ``...``."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and node.operand.value == _ROWS
    return isinstance(node, ast.Constant) and node.value is ...


def _counts_axes(node: ast.expr) -> bool:
    """Whether it is ``x.ndim``, ``x.dim()`` or ``len(x.shape)``."""
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Attribute) and node.func.attr in {"dim", "ndimension"}
        counted = isinstance(node.func, ast.Name) and node.func.id == "len"
        return named or (counted and any(_is_shape(one) for one in node.args))
    return isinstance(node, ast.Attribute) and node.attr == "ndim"


def _is_size(node: ast.expr) -> bool:
    """Whether it is ``x.shape[0]``, ``x.size(0)`` or ``len(x)``, or a whole shape."""
    if isinstance(node, ast.Subscript):
        return _is_shape(node.value)
    if isinstance(node, ast.Call):
        sized = isinstance(node.func, ast.Attribute) and node.func.attr == "size"
        return sized or (isinstance(node.func, ast.Name) and node.func.id == "len")
    return _is_shape(node)


def _is_shape(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "shape"

"""Which small constants only keep something from zero: by where they stand in the source.

    log(p + 1e-8)     x / (norm + eps)     np.clip(p, 1e-7, 1 - 1e-7)     (var + eps) ** -0.5

What is added to a sum that nobody divides by, or multiplies something, is part of the formula.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType

from gradcheck.foreign.source import tree_of

_OF_ZERO_NOTHING = {"log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "divide", "div"}
_LIMITS = {"maximum", "minimum", "max", "min", "fmax", "clip", "clamp", "clamp_", "clamp_min"}
_HAND_ON = {"nan_to_num", "asarray", "array", "float", "abs", "fabs"}
_TOLD_BY_NAME = {"where", "isclose", "allclose", "finfo"}
_DEEPEST = 4

IsSmall = Callable[[float], bool]
"""Whether a constant may be a guard, by its size."""


def guards(functions: Iterable[FunctionType], is_small: IsSmall) -> set[float]:
    """The small constants that stand nowhere in the code of these but as guards.

    >>> def loss(p, eps=1e-8):
    ...     return -(p + eps).log() + 1e-6 * p
    >>> guards([loss], lambda value: 0 < value < 1e-5)
    {1e-08}
    """
    source = _Source(functions)
    found: dict[float, bool] = {}
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            value = node.value
            if is_small(value):
                found[value] = found.get(value, True) and source.is_guard(node)
    return {value for value, only in found.items() if only}


class _Source:
    """The syntax of some functions, with the way from each part to what it is part of."""

    def __init__(self, functions: Iterable[FunctionType]) -> None:
        self.nodes = [node for one in functions for node in ast.walk(tree_of(one))]
        self._above = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self._asked: set[str] = set()

    def is_guard(self, node: ast.AST, depth: int = 0) -> bool:
        """Whether it is there for what would be zero without it, or handed on to where it is."""
        if depth > _DEEPEST:
            return False
        above = self._above.get(node)
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add | ast.Sub):
            return self._guards_a_sum(above, depth)
        if isinstance(above, ast.UnaryOp | ast.IfExp):
            return self.is_guard(above, depth)
        if isinstance(above, ast.Compare):
            return True
        if isinstance(above, ast.Call):
            return _name(above.func) in _LIMITS | _TOLD_BY_NAME or self._is_own(above)
        return self._is_handed_on(node, above, depth)

    def _guards_a_sum(self, node: ast.AST, depth: int) -> bool:
        """Whether a sum with it is what something is divided by, or a logarithm taken of."""
        above = self._above.get(node)
        if isinstance(above, ast.BinOp):
            return self._guards_an_operation(node, above, depth)
        if isinstance(above, ast.Call) and _name(above.func) in _HAND_ON:
            return self._guards_a_sum(above, depth)
        if isinstance(above, ast.Call | ast.Attribute):
            called = above.func if isinstance(above, ast.Call) else above
            return _name(called) in _OF_ZERO_NOTHING | _LIMITS
        if isinstance(above, ast.AugAssign) and isinstance(above.op, ast.Div):
            return True
        return self._is_divided_by(_targets(above), depth)

    def _guards_an_operation(self, node: ast.AST, above: ast.BinOp, depth: int) -> bool:
        """A divisor, or what a power is taken of; of a product that is one, a factor."""
        if isinstance(above.op, ast.Div):
            return above.right is node
        if isinstance(above.op, ast.Pow):
            return above.left is node and not _is_whole(above.right)
        is_inside = isinstance(above.op, ast.Add | ast.Sub | ast.Mult)
        return is_inside and self._guards_a_sum(above, depth)

    def _is_divided_by(self, names: set[str], depth: int) -> bool:
        """Whether some use of a name is where no zero may be; depth ends what goes in circles."""
        return depth < _DEEPEST and any(
            self._guards_a_sum(use, depth + 1) for name in names for use in self._uses(name)
        )

    def _is_handed_on(self, node: ast.AST, above: ast.AST | None, depth: int) -> bool:
        """Whether it is the value of a name, each of whose uses is a guard."""
        names: set[str] = set()
        if isinstance(above, ast.arguments):
            names = _of_default(above, node)
        elif isinstance(above, ast.keyword) and above.arg:
            names = {above.arg}
        elif isinstance(above, ast.Assign | ast.AnnAssign):
            names = _targets(above)
        elif isinstance(above, ast.Tuple):
            place = [item is node for item in above.elts].index(True)
            names = _targets_beside(self._above.get(above), place)
        new = names - self._asked
        if not new:
            return bool(names)  # handed on under its own name: its other uses are looked at already
        self._asked |= new
        uses = [use for name in new for use in self._uses(name) if use is not node]
        only = all(self.is_guard(use, depth + 1) for use in uses)
        self._asked -= new
        return only

    def _uses(self, name: str) -> Iterator[ast.AST]:
        for node in self.nodes:
            is_read = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            if is_read and _name(node) == name:
                yield node

    def _is_own(self, call: ast.Call) -> bool:
        """Whether one of these functions is called, whose own use of it is looked at as well."""
        defined = {n.name for n in self.nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        return _name(call.func) in defined


def _name(node: ast.AST) -> str:
    """The last word of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _targets(node: ast.AST | None) -> set[str]:
    """The names that a value is given."""
    if isinstance(node, ast.Assign):
        return {_name(target) for target in node.targets} - {""}
    return {_name(node.target)} - {""} if isinstance(node, ast.AnnAssign | ast.AugAssign) else set()


def _targets_beside(node: ast.AST | None, place: int) -> set[str]:
    """The names that one of several values is given: ``self.a, self.b = a, b``."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    several = [one.elts for one in targets if isinstance(one, ast.Tuple)]
    return {_name(names[place]) for names in several if place < len(names)} - {""}


def _of_default(arguments: ast.arguments, default: ast.AST) -> set[str]:
    """The parameter that has this default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(reversed(positional), reversed(arguments.defaults), strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {parameter.arg for parameter, value in pairs if value is default}


def _is_whole(exponent: ast.AST) -> bool:
    """Whether a power is one of a polynomial: zero is as good there as any number."""
    return isinstance(exponent, ast.Constant) and isinstance(exponent.value, int)

"""Inputs larger than the blocks that a layer works in.

Who adds up in blocks of 32 rows is right up to 32.  The size stands in the source, as a number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, TypeGuard

from gradcheck.adapters.uses import functions_in
from gradcheck.cases.case import Case
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.choice.sizes import channels_of, resized
from gradcheck.foreign.source import tree_of

_SIZES = range(8, 257)
# A size that fits no block, neither this one nor a smaller one of a power of two.
_MORE = 3
_AXES, _ELEMENTS = 3, 2**13
_MOST = 3


def beyond_blocks(target: type, spec: Spec, build: Callable[[Spec], Case]) -> tuple[Spec, ...]:
    """The spec with its sizes larger than any block, all or each; nothing, where none is named.

    Not images: there are few blocks in them, and many loops.
    """
    sizes = {size for one in (target, *functions_in(target)) for size in _named(one)}
    if not sizes or any(len(shape) > _AXES for shape in spec.shapes):
        return ()
    size = max(sizes) + _MORE
    olds = _olds(spec)
    spec = replace(spec, on_kinks=False)
    together = resized(spec, {old: size + number for number, old in enumerate(olds)})
    alone = (resized(spec, {old: size}) for old in olds)
    good = (one for one in (together, *alone) if _is_good(one, build))
    first = next(good, None)
    rest = () if first is None or first == together else islice(good, _MOST - 1)
    return (first, *rest) if first else ()


def _olds(spec: Spec) -> list[int]:
    """All sizes there are: the last of the first input's first, those of its constructor last."""
    axes = (n for shape in spec.shapes for n in shape[::-1])
    return list(dict.fromkeys((*axes, *channels_of(spec).values())))


def _is_good(spec: Spec, build: Callable[[Spec], Case]) -> bool:
    small = all(prod(shape) <= _ELEMENTS for shape in spec.shapes)
    return small and attempt_at(build(spec)).reach == GOOD


def _named(target: type) -> Iterator[int]:
    """The sizes in its methods, in its class, and in its module under a name that it reads."""
    spaces = _spaces(target)
    for base in target.__mro__[:-1]:
        for method in _methods(tree_of(base)):
            nodes = [*ast.walk(method)]
            rounds = {id(node.args[0]) for node in nodes if _repeats(node)}
            for node in nodes:
                size = None if id(node) in rounds else _value(node, spaces)
                if type(size) is int and size in _SIZES:
                    yield size


def _spaces(target: type) -> dict[str, Any]:
    """What its methods read by name: globals of theirs, and attributes of the class."""
    bases = target.__mro__[-2::-1]
    members = [getattr(one, "__func__", one) for base in bases for one in vars(base).values()]
    spaces: dict[str, Any] = {}
    for space in (*(getattr(one, "__globals__", {}) for one in members), *map(vars, bases)):
        spaces |= space
    return spaces


def _methods(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs at each call: not the constructor, whose numbers are those of weights."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            yield ast.Module(node.body, [])


def _repeats(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether it is a ``range(200)``, which says how often and not how many at once."""
    if not isinstance(node, ast.Call):
        return False
    return ast.unparse(node.func) == "range" and len(node.args) == 1


def _value(node: ast.AST, spaces: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute):
        return spaces.get(node.attr)
    return spaces.get(node.id) if isinstance(node, ast.Name) else None

"""Inputs of the dtypes that a layer treats apart.

In ``if x.dtype == torch.bfloat16`` its author says where another formula stands: one that no input
in float64 ever reaches.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from gradcheck.adapters.uses import functions_in
from gradcheck.cases.spec import Spec
from gradcheck.foreign.source import trees_of

# What is not double is single, as a rule.
_ASKED = {
    **{name: name for name in ("bfloat16", "float16", "float32")},
    "half": "float16",
    **dict.fromkeys(("float", "float64", "double"), "float32"),
}
_OF_TORCH = "bfloat16"
_MOST = 2


def in_dtypes(target: type, spec: Spec) -> tuple[Spec, ...]:
    """The spec with inputs of each dtype that its source compares one with."""
    words = (word for one in (target, *functions_in(target)) for word in _compared(one))
    asked = dict.fromkeys(_ASKED[word] for word in words if word in _ASKED)
    fit = (dtype for dtype in asked if not (spec.arrays and dtype == _OF_TORCH))
    return tuple(replace(spec, dtype=dtype) for dtype in islice(fit, _MOST))


def _compared(target: type) -> Iterator[str]:
    """What a ``dtype`` is compared with, in one word each."""
    for tree in trees_of(target):
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and _asks_dtype(node.left):
                yield from (
                    one.attr if isinstance(one, ast.Attribute) else str(one.value)
                    for other in node.comparators
                    for one in ast.walk(other)
                    if isinstance(one, ast.Attribute | ast.Constant)
                )


def _asks_dtype(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "dtype"

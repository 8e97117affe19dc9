"""The words that a class compares an option with, read from its source: other values to give it.

In ``if self.kind == "relu": ... elif self.kind == "tanh"`` its author says what else there is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from gradcheck.choice.changes import is_computed
from gradcheck.foreign.source import tree_of

_MOST = 3
_OF_MODES = {"train", "training", "test", "testing", "eval", "evaluation", "inference", "predict"}
_BEGINS = "init"


def compared(target: type, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each option that is a word, with each other word that the class compares it with.

    Args:
        target: The class.
        options: Name → value, or default.
    """
    groups = _groups(target)
    for name, value in options.items():
        if isinstance(value, str) and is_computed(name) and _BEGINS not in name.lower():
            found = (words for key, words in groups if value in words or _ends_in(key, name))
            others = dict.fromkeys(word for words in found for word in words)
            asked = (one for one in others if one not in {value, ""} and one not in _OF_MODES)
            yield from ((name, word) for word in islice(asked, _MOST))


def _ends_in(key: str, name: str) -> bool:
    """Whether an expression is the option itself, or the attribute of its name."""
    return key.rpartition(".")[2].strip("_") == name


def _groups(target: type) -> list[tuple[str, list[str]]]:
    """What is compared, as it is written, with all words that it is compared with."""
    found: dict[str, list[str]] = {}
    for base in target.__mro__[:-1]:
        for node in ast.walk(tree_of(base)):
            for key, others in _comparison(node):
                words = (word for other in others for word in _words(other))
                found.setdefault(ast.unparse(key), []).extend(words)
    return list(found.items())


def _comparison(node: ast.AST) -> Iterator[tuple[ast.expr, list[ast.AST]]]:
    """What is compared here with what: by ``==`` or ``in``, by ``match``, as the key of a table."""
    if isinstance(node, ast.Compare):
        yield node.left, [*node.comparators]
    elif isinstance(node, ast.Match):
        yield node.subject, [case.pattern for case in node.cases]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        yield node.slice, [key for key in node.value.keys if key is not None]


def _words(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value

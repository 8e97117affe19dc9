"""The words that a class compares something with, read from its source.

In ``if self.kind == "relu": ... elif self.kind == "tanh"`` its author says what there is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradcheck.foreign.source import tree_of


def ends_in(key: str, name: str) -> bool:
    """Whether an expression is the option itself, or the attribute of its name."""
    return key.rpartition(".")[2].strip("_") == name


def word_groups(target: type) -> list[tuple[str, list[str]]]:
    """What is compared, as it is written, with all words that it is compared with.

    >>> from scratchnn import MSELoss
    >>> dict(word_groups(MSELoss))["self.reduction"]
    ['mean', 'mean', 'sum', 'mean']
    """
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

"""What a user writes on the command line: constructor arguments, and shapes."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from gradcheck.cases.spec import Init, Shape
from gradcheck.errors import CommandError

_SIZES = r"[0-9]+(\s*[,x]\s*[0-9]+)*"
_SHAPE = re.compile(rf"{_SIZES}|\(\s*({_SIZES}\s*,?)?\s*\)|\[\s*{_SIZES}\s*\]")


def parse_init(text: str, names: Mapping[str, Any]) -> Init:
    """The arguments of a call, written as in Python; ``names`` may appear in it.

    Raises:
        CommandError: If it cannot be read or evaluated.

    >>> parse_init("3, bias=False", {})
    ((3,), {'bias': False})
    """
    try:
        call = ast.parse(f"_({text})", mode="eval").body
    except SyntaxError:
        call = None
    words = [word.arg for word in call.keywords] if isinstance(call, ast.Call) else []
    plain = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    if not isinstance(call, ast.Call) or not plain or None in words or len({*words}) < len(words):
        raise CommandError(
            f'--init "{text}" is no list of arguments: write it as in "in_features=3, bias=False"'
        )
    arguments = tuple(_evaluate(argument, text, names) for argument in call.args)
    options = {word.arg: _evaluate(word.value, text, names) for word in call.keywords if word.arg}
    return arguments, options


def parse_shape(text: str) -> Shape:
    """A shape such as ``4,5`` or ``4x5``; ``()`` is a scalar.

    Raises:
        CommandError: If it is none.

    >>> parse_shape("4,5"), parse_shape("2x3x5"), parse_shape("()")
    ((4, 5), (2, 3, 5), ())
    """
    if not _SHAPE.fullmatch(text.strip()):
        raise CommandError(f'--input "{text}" is no shape: write it as in 4,5 (or () for a scalar)')
    return tuple(int(size) for size in re.findall(r"[0-9]+", text))


def _evaluate(node: ast.expr, text: str, names: Mapping[str, Any]) -> Any:
    source = ast.unparse(node)
    try:
        # The user's own words about the user's own code, run where that code is run anyhow.
        return eval(source, dict(names))  # noqa: S307
    except Exception as error:
        raise CommandError(
            f'--init "{text}": {source} raised {type(error).__name__}: {error}'
        ) from error

"""A few lines of Python that repeat a check when they are pasted: exact values, no placeholders."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.pair import Pair

WIDTH = 96
# More numbers than these are no smallest example, and do not fit on a screen beside the rest.
MOST_NUMBERS = 48
MOST_LETTERS = 1500


@dataclass(frozen=True)
class Reach:
    """How a line of Python gets at an object.

    Attributes:
        words: The expression.
        imports: What must stand above it.
    """

    words: str
    imports: tuple[str, ...] = ()


def snippet(
    target: Reach, inputs: Sequence[Any] = (), settings: Mapping[str, object] | None = None
) -> str:
    """The check of a target at these inputs, raising what is refuted; empty if it is too long.

    Args:
        target: What is checked.
        inputs: The arguments of its forward; none for the built-in cases.
        settings: Keyword → value, of :func:`gradcheck.check`.

    >>> print(snippet(Reach(quoted("layers.py:Dense")), [torch.ones(2, 1)], {"init": "1, 1"}))
    import gradcheck
    import torch
    <BLANKLINE>
    x = torch.tensor([[1.0], [1.0]])
    gradcheck.check("layers.py:Dense", x, init="1, 1").raise_if_refuted()
    """
    if numbers_in(inputs) > MOST_NUMBERS:
        return ""
    written = [literal(value) for value in inputs]
    names = ["x"] if len(inputs) == 1 else [f"x{number}" for number in range(1, len(inputs) + 1)]
    lines = [f"{name} = {value}" for name, value in zip(names, written, strict=True)]
    words = [target.words, *names]
    words += [f"{name}={literal(value)}" for name, value in (settings or {}).items()]
    lines.append(_call("gradcheck.check", words, ".raise_if_refuted()"))
    used = "\n".join(lines)
    above = ["import gradcheck"]
    above += ["import numpy as np"] if "np." in used else []
    above += ["import torch"] if "torch." in used else []
    text = "\n".join([*above, *target.imports, "", *lines])
    return text if len(text) <= MOST_LETTERS else ""


def numbers_in(value: Any) -> int:
    """How many numbers a value holds.

    >>> numbers_in((torch.ones(2, 3), [np.ones(4)], None))
    10
    """
    if isinstance(value, Tensor | np.ndarray):
        return int(np.prod(value.shape))
    if isinstance(value, list | tuple):
        return sum(numbers_in(one) for one in value)
    return 0


def literal(value: Any) -> str:
    """A value as Python makes it again, to the bit.

    >>> literal(np.array([1.0, 2.0])), literal((True, {"p": 0.5}))
    ('np.array([1.0, 2.0])', "(True, {'p': 0.5})")
    >>> literal(torch.arange(4.0).view(2, 2).T)
    'torch.tensor([0.0, 1.0, 2.0, 3.0]).as_strided((2, 2), (1, 2))'
    """
    if isinstance(value, Tensor):
        return _tensor(value.detach().cpu())
    if isinstance(value, np.ndarray):
        kind = (
            "" if str(value.dtype) in {"float64", "int64", "bool"} else f", dtype=np.{value.dtype}"
        )
        return f"np.array({_nested(value.tolist())}{kind})" + _reshaped(value)
    if isinstance(value, tuple | list):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        inside = ", ".join(literal(one) for one in value)
        return f"{opening}{inside}{',' if opening == '(' and len(value) == 1 else ''}{closing}"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """A string as most people write it.

    >>> print(quoted("a.py:Dense"), quoted('mode="same"'))
    "a.py:Dense" 'mode="same"'
    """
    plain = repr(text)
    return f'"{text}"' if plain == f"'{text}'" and '"' not in text else plain


def reach(target: object) -> Reach | None:
    """How to get at an object that was handed over, from a fresh start; None if there is no way.

    A class or a function by its import, an instance by the name that a module knows it by, a pair
    by its functions.

    >>> reach(torch.nn.Linear)
    Reach(words='Linear', imports=('from torch.nn.modules.linear import Linear',))
    """
    name = getattr(target, "__qualname__", None)
    home = sys.modules.get(getattr(target, "__module__", None) or "")
    if isinstance(name, str) and home and _member(home, name) is target:
        return _from(home, name)
    if isinstance(target, Pair):
        return _known(target, target.forward) or _of_two(target)
    return _known(target, type(target))


def _known(target: object, neighbour: object) -> Reach | None:
    """By the name that it has in the main module, or where a neighbour of it is at home."""
    for module_name in ("__main__", getattr(neighbour, "__module__", None) or ""):
        module = sys.modules.get(module_name)
        for name, value in list(vars(module).items()) if module else ():
            if value is target and not name.startswith("_"):
                return _from(module, name) if module else None
    return None


def _of_two(pair: Pair) -> Reach | None:
    forward, backward = reach(pair.forward), reach(pair.backward)
    if not forward or not backward:
        return None
    imports = tuple(dict.fromkeys((*forward.imports, *backward.imports)))
    return Reach(f"gradcheck.Pair({forward.words}, {backward.words})", imports)


def _from(module: ModuleType, name: str) -> Reach | None:
    """Nothing is imported from the main module: there it is pasted."""
    if module.__name__ == "__main__":
        return Reach(name)
    if not _can_be_imported(module.__name__):
        return None
    return Reach(name, (f"from {module.__name__} import {name.partition('.')[0]}",))


def _can_be_imported(name: str) -> bool:
    """Whether a fresh start would find the same: not what was loaded from a file by its path."""
    top = sys.modules.get(name.partition(".")[0])
    if top is None or top.__name__ in sys.builtin_module_names:
        return top is not None
    found = PathFinder.find_spec(top.__name__)
    return found is not None and found.origin == getattr(top, "__file__", None)


def _member(module: ModuleType, path: str) -> object:
    found: object = module
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def _tensor(value: Tensor) -> str:
    kind = (
        "" if value.dtype in {torch.float32, torch.int64, torch.bool} else f", dtype={value.dtype}"
    )
    if value.is_contiguous() or not value.numel():
        return f"torch.tensor({_nested(value.tolist())}{kind})" + _reshaped(value)
    last = sum((n - 1) * step for n, step in zip(value.shape, value.stride(), strict=True))
    flat = value.as_strided((last + 1,), (1,)).tolist()
    return f"torch.tensor({_nested(flat)}{kind}).as_strided({tuple(value.shape)}, {value.stride()})"


def _reshaped(value: Any) -> str:
    """The shape of what has no numbers to show it."""
    return "" if 0 not in value.shape else f".reshape({tuple(value.shape)})"


def _nested(value: Any, indent: int = 0) -> str:
    """Nested lists, in one line where they fit."""
    line = _number(value) if not isinstance(value, list) else f"[{_joined(value)}]"
    if len(line) + indent < WIDTH - 40 or not (value and isinstance(value[0], list)):
        return line
    pad = " " * (indent + 4)
    rows = "".join(f"{pad}{_nested(row, indent + 4)},\n" for row in value)
    return f"[\n{rows}{' ' * indent}]"


def _joined(values: list[Any]) -> str:
    return ", ".join(f"[{_joined(v)}]" if isinstance(v, list) else _number(v) for v in values)


def _number(value: Any) -> str:
    if isinstance(value, float) and (value != value or value in {np.inf, -np.inf}):  # noqa: PLR0124 NaN
        return f'float("{value}")'
    return repr(value)


def _call(function: str, words: Sequence[str], end: str) -> str:
    line = f"{function}({', '.join(words)}){end}"
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"    {word},\n" for word in words)
    return f"{function}(\n{inside}){end}"

"""Somebody's code in float64 where it says float32.

Much code is in float32 by habit: it casts its inputs, or makes its arrays so.  A formula can be
judged to ten digits only in float64, so the names by which the code says float32 are made to mean
float64: its ``numpy`` and ``torch``, constants such as ``DTYPE``, defaults, and the word itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import torch

from gradcheck.foreign.rewriting import attributes_in, changes, names_in, rewritten

NOTE = "it computes in float32: checked as it is written, but in float64"
# Beside ``torch.float`` and ``x.float()``: what is called float alone is Python's own.
_SAID = {"float32", "single", "FloatTensor"}
_WORDS = {"float32": "float64", "<f4": "<f8", "f4": "f8", "single": "double"}
_NUMPY = {"float32": np.float64, "single": np.float64}
_TORCH = {
    "float32": torch.float64,
    "float": torch.float64,
    "FloatTensor": torch.DoubleTensor,
    "get_default_dtype": lambda: torch.float64,
}


class _Wide:
    """A library whose float32 is float64."""

    def __init__(self, library: ModuleType, names: dict[str, Any]) -> None:
        self.__dict__.update(names)
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)


_LIBRARIES = {"numpy": _Wide(np, _NUMPY), "torch": _Wide(torch, _TORCH)}


def says_float32(target: object) -> bool:
    """Whether some name or word in the code of a class, or of what it calls, is float32.

    >>> class Half:
    ...     def forward(self, x):
    ...         return x.astype("float32") / 2
    >>> says_float32(Half)
    True
    """
    said = names_in(target) & _SAID or "float" in attributes_in(target)
    return bool(said) or changes(target, _widened)


@contextmanager
def widened(target: object) -> Iterator[None]:
    """Inside, what a class and all that it calls know as float32 is float64.

    >>> class Half:
    ...     def forward(self, x):
    ...         return x.astype("float32") / 2
    >>> with widened(Half):
    ...     str(Half().forward(np.ones(1)).dtype)
    'float64'
    """
    narrow = torch.Tensor.float
    with rewritten(target, _widened):
        torch.Tensor.float = torch.Tensor.double  # type: ignore[method-assign] # for a while
        try:
            yield
        finally:
            torch.Tensor.float = narrow  # type: ignore[method-assign] # as it was


def is_widened() -> bool:
    """Whether somebody's float32 is float64 just now: no question in float32 has an answer."""
    return torch.Tensor.float is torch.Tensor.double


def _widened(value: Any) -> Any:
    if inspect.ismodule(value):
        return _LIBRARIES.get(value.__name__, value)
    if value is np.float32 or (isinstance(value, np.dtype) and value == np.float32):
        return np.float64
    if value is torch.float32:
        return torch.float64
    return _WORDS.get(value, value) if isinstance(value, str) else value

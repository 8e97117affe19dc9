"""Classes whose instances hold numbers, and the gradient with regard to them beside these.

Somebody's own tensor, variable, node or blob: known by what one of them shows when it is made, not
by its name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gradcheck.adapters.bytecode import code_of
from gradcheck.adapters.engines import copied, wrapped
from gradcheck.adapters.vocabulary import GRADIENT, means
from gradcheck.foreign.isolation import preserved_globals, silenced
from gradcheck.foreign.signatures import parameters

DATA = ("data", "value", "val", "array", "arr", "values", "_data", "_value", "item", "x", "v")
GRAD = ("grad", "gradient", "_grad", "_gradient", "g", "adjoint", "derivative")
# Some take nothing but a stack of matrices.
_SHAPES = ((2,), (2, 3), (2, 3, 1))


@dataclass(frozen=True)
class Holder:
    """A class of values, with what one of them has shown.

    Attributes:
        kind: The class.
        data: The attribute that holds its numbers.
        grad: The one that holds their gradient.
    """

    kind: Any
    data: str
    grad: str

    def value(self, numbers: Any) -> Any:
        """A new value, to which a gradient is wanted."""
        return wrapped(self.kind, numbers)

    def constant(self, numbers: Any) -> Any:
        """A new value, of which nobody asks for a gradient."""
        return self.kind(copied(numbers))

    def numbers(self, value: Any) -> Any:
        """What a value holds."""
        return _inner(getattr(value, self.data), self.data)

    def gradient(self, value: Any) -> Any:
        """What lies beside a value, as a copy; None where nothing does."""
        found = getattr(value, self.grad)
        found = self.numbers(found) if isinstance(found, self.kind) else found
        return found if found is None else _as_array(copied(found))

    def lay(self, value: Any, gradient: Any) -> None:
        """Put it beside a value: into the array that lies there, where nothing else is let in."""
        try:
            setattr(value, self.grad, gradient)
        except AttributeError:
            getattr(value, self.grad)[...] = gradient

    def clear(self, value: Any) -> None:
        """Zeros, where a gradient lies beside it already."""
        found = getattr(value, self.grad)
        if isinstance(found, self.kind):
            self.lay(value, self.kind(np.zeros_like(self.numbers(found))))
        elif isinstance(found, np.ndarray | Tensor):
            found[...] = 0


def holder_of(kind: Any) -> Holder | None:
    """What a class of values is like, as one of them shows; None where it is none."""
    return _holder_of(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=512)
def _holder_of(kind: Any) -> Holder | None:
    foreign = BaseException | Tensor | torch.nn.Module | np.ndarray
    if not inspect.isclass(kind) or issubclass(kind, foreign) or not parameters(kind):
        return None
    if not any(means(GRADIENT, name) for name in _spoken_of(kind)):
        return None
    with silenced(), preserved_globals():
        for shape in _SHAPES:
            made, other, numbers = _two_of(kind, shape)
            # Of two: what nobody has written to yet may hold any numbers, these as well.
            held = (name for name in _public(made, DATA) if _is(made, name, numbers))
            data = next((name for name in held if _is(other, name, -numbers)), None)
            grad = next((name for name in _public(made, GRAD) if _is_beside(made, name)), None)
            if data is not None and grad is not None and data != grad:
                return Holder(kind, data, grad)
    return None


def _two_of(kind: Any, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Two instances, of numbers and of their opposites, and these numbers: arrays, else tensors."""
    numbers = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    for dress in (np.array, torch.tensor):
        made, other = made_of(kind, dress(numbers)), made_of(kind, dress(-numbers))
        if made is not None and other is not None:
            return made, other, numbers
    return None, None, numbers


def made_of(kind: Any, numbers: Any) -> Any:
    """An instance that holds these; None where it refuses."""
    with suppress(Exception):
        return kind(numbers)
    return None


def has(value: Any, name: str) -> bool:
    """Whether it has such an attribute, whatever it does to look for it."""
    with suppress(Exception):
        return value is not None and hasattr(value, name)
    return False


def holds_numbers(value: Any, name: str) -> bool:
    """Whether there are numbers at an attribute."""
    found = getattr(value, name, None) if has(value, name) else None
    return isinstance(found, int | float | np.ndarray | np.generic | Tensor)


def _spoken_of(kind: type) -> Iterator[str]:
    """The names of all that its own functions touch, and of its members."""
    for base in kind.__mro__[:-1]:
        for name, member in vars(base).items():
            yield name
            code = code_of(getattr(member, "fget", None) or member)
            yield from code.co_names if code else ()


def _public(value: Any, first: tuple[str, ...]) -> Iterator[str]:
    """The attributes and properties of an instance, those of these names first."""
    if value is None:
        return
    held = getattr(value, "__dict__", {})
    properties = (
        name
        for base in type(value).__mro__[:-1]
        for name, member in vars(base).items()
        if isinstance(member, property) or inspect.ismemberdescriptor(member)
    )
    found = [name for name in (*properties, *held) if not name.startswith("__")]
    yield from (name for name in first if has(value, name))
    private = f"_{type(value).__name__.lstrip('_')}__"
    yield from (name for name in found if name not in first and not name.startswith(private))


def _is(value: Any, name: str, numbers: Any) -> bool:
    """Whether these very numbers are there."""
    found = getattr(value, name, None) if has(value, name) else None
    return isinstance(found, np.ndarray | Tensor) and np.array_equal(np.asarray(found), numbers)


def _is_beside(value: Any, name: str) -> bool:
    """Whether a gradient may lie there: nothing yet, an array of its shape, or another value."""
    if not means(GRADIENT, name):
        return False
    found = getattr(value, name, None)
    return found is None or isinstance(found, np.ndarray | Tensor | int | float | type(value))


def _inner(numbers: Any, data: str) -> Any:
    """Numbers as they are; of a value in a value, those inside."""
    plain = isinstance(numbers, int | float | np.ndarray | np.generic | Tensor)
    return _as_array(numbers if plain else getattr(numbers, data))


def _as_array(numbers: Any) -> Any:
    return numbers if isinstance(numbers, Tensor) else np.asarray(numbers, dtype=float)

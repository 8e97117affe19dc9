"""What a forward returns beside its outputs, for its backward: a cache under any name.

forward(x) -> (y, state)            backward(dy, state)
forward(x) -> (y, a, b)             backward(dy, a, b)
forward(x, h) -> (y, h, cache)      backward(dy, dh, cache)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from gradcheck.adapters.instructions import keys_read, unpacked
from gradcheck.adapters.nesting import is_array
from gradcheck.adapters.returns import returned_names
from gradcheck.adapters.vocabulary import CACHE, FLAG, GRADIENT, OPTIMIZER, RATE, means
from gradcheck.foreign.signatures import required

_SPECIAL = (RATE, CACHE, OPTIMIZER, FLAG)


def outputs_among(
    forward: Callable[..., Any], backward: Callable[..., Any], results: Sequence[Any]
) -> int:
    """How many of a forward's results are outputs; 0 where nothing says that some are kept.

    A backward that is given the gradient of one output answers for no other.
    """
    words = required(backward)
    gradients = [p.name for p in words if means(GRADIENT, p.name)]
    others = [p for p in words if not any(means(one, p.name) for one in (GRADIENT, *_SPECIAL))]
    named = set(kept_under(forward, results)) & {p.name for p in words}
    if not 0 < len(gradients) < len(results) or not all(map(is_array, results[: len(gradients)])):
        return 0
    if any(means(CACHE, p.name) for p in words) or named - set(gradients):
        return len(gradients)
    if len(gradients) > 1:
        return len(gradients) if len(gradients) + len(others) == len(results) else 0
    is_one = not gradients[0].endswith("s") and not unpacked(backward, gradients[0])
    return int(bool(others) and is_one)


def kept_under(forward: Callable[..., Any], results: Sequence[Any]) -> dict[str, Any]:
    """The results, under the names of the local variables that a forward returns them from."""
    names = returned_names(forward)
    return dict(zip(names, results, strict=True)) if len(names) == len(results) else {}


def takers(words: Sequence[inspect.Parameter], roles: Sequence[str], cotangents: int) -> list[int]:
    """Which arguments of a backward want what is kept, where none of them says so by its name.

    Those for which no gradient is left, and which are not called one.
    """
    free = [i for i, role in enumerate(roles) if role == "cotangent"]
    if len(free) <= cotangents:
        return []
    return [i for i in free if not means(GRADIENT, words[i].name)][: len(free) - cotangents]


def keys_of(forward: Callable[..., Any], backward: Callable[..., Any]) -> tuple[str, ...]:
    """The keywords of the cotangents, in the order of the outputs: ``dh`` is that of ``h``.

    Where no names say whose they are, in the order in which they are looked up.

    >>> def forward(self, x):
    ...     y, h = x, 2 * x
    ...     return y, h
    >>> def backward(self, **grads):
    ...     return 2 * grads["dh"] + grads["dy"]
    >>> keys_of(forward, backward)
    ('dy', 'dh')
    """
    keys = keys_read(backward)
    by_name = [
        next((key for key in keys if key.endswith(name)), "") for name in returned_names(forward)
    ]
    return tuple(by_name) if sorted(by_name) == sorted(keys) else keys

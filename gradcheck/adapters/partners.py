"""Which plain functions of a module belong together, from their names.

conv_forward_naive    conv_backward_naive          one word of the name is another
relu                  relu_backward                the name of the forward and one word more
sigmoid               sigmoid_prime, d_sigmoid     the same, of a local derivative
svm_loss              -                            it returns a loss and its gradients
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import FunctionType
from typing import Any

from gradcheck.adapters.instructions import returns_two
from gradcheck.adapters.kinds import tells_its_gradient
from gradcheck.foreign.signatures import required

_SWAPPED = {"forward": "backward", "fwd": "bwd", "fprop": "bprop", "forwardprop": "backprop"}
_PULLS = ("backward", "bwd", "backprop", "bprop")
_DIFFERENTIATES = (
    *("prime", "derivative", "derivate", "deriv", "gradient", "grad", "diff", "der", "d"),
)
_LOSS = re.compile(r"(.*_)?(loss|cost|criterion|entropy|mse|mae|bce|hinge)(_.*)?")
_TWO = 2


class Bond(StrEnum):
    """What the second function does for the first."""

    BACKWARD = "backward"
    DERIVATIVE = "derivative"
    BOTH = "both at once"


@dataclass(frozen=True)
class Partners:
    """A forward and what differentiates it.

    Attributes:
        name: What they have in common.
        forward: The function.
        backward: Its partner; the same, where one function does both.
        bond: What that does.
    """

    name: str
    forward: FunctionType
    backward: FunctionType
    bond: Bond


def partners(space: Mapping[str, Any]) -> Iterator[Partners]:
    """All that belong together among the names of a module, each forward once.

    >>> def tanh(x): ...
    >>> def tanh_prime(x): ...
    >>> [(one.name, str(one.bond)) for one in partners({"tanh": tanh, "tanh_prime": tanh_prime})]
    [('tanh', 'derivative')]
    """
    functions = {name: one for name, one in space.items() if inspect.isfunction(one)}
    taken: set[FunctionType] = set()
    for name, forward in functions.items():
        if forward in taken:
            continue
        found = _swapped(name, functions) or _beside(name, functions) or _both(name, forward)
        if found:
            taken.add(found.backward)
            yield found


def unpaired(space: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Functions that names join, and that do not take what the other could give them.

    >>> def tanh(x): ...
    >>> def tanh_prime(x, y): ...
    >>> list(unpaired({"tanh": tanh, "tanh_prime": tanh_prime}))
    [('tanh', 'tanh_prime')]
    """
    functions = {name: one for name, one in space.items() if inspect.isfunction(one)}
    joined = {one for pair in partners(space) for one in (pair.forward, pair.backward)}
    for name, forward in functions.items():
        for word in (*_PULLS, *_DIFFERENTIATES):
            for other in (f"{name}_{word}", f"{word}_{name}"):
                if other in functions and not {forward, functions[other]} & joined:
                    yield name, other
        other = _SWAPPED.get(name, "")
        if other in functions and not {forward, functions[other]} & joined:
            yield name, other


def _swapped(name: str, functions: Mapping[str, FunctionType]) -> Partners | None:
    """``forward_relu`` and ``backward_relu``."""
    words = name.split("_")
    for number, word in enumerate(words):
        other = _SWAPPED.get(word)
        backward = other and functions.get("_".join((*words[:number], other, *words[number + 1 :])))
        common = "_".join((*words[:number], *words[number + 1 :]))
        if backward and common:
            return Partners(common, functions[name], backward, Bond.BACKWARD)
    return None


def _beside(name: str, functions: Mapping[str, FunctionType]) -> Partners | None:
    """``relu`` and ``relu_backward``, or ``relu_prime``, which takes what that takes."""
    forward = functions[name]
    for word in _PULLS:
        backward = functions.get(f"{name}_{word}") or functions.get(f"{word}_{name}")
        if backward and _count(backward) > 1:
            return Partners(name, forward, backward, Bond.BACKWARD)
    for word in _DIFFERENTIATES:
        told = (f"{name}_{word}", f"{word}_{name}", f"d{name}" if word == "d" else "")
        derivative = next((functions[one] for one in told if one in functions), None)
        if derivative and 0 < _count(derivative) == _count(forward) <= _TWO:
            return Partners(name, forward, derivative, Bond.DERIVATIVE)
    return None


def _both(name: str, function: FunctionType) -> Partners | None:
    """A loss of a prediction and a target that returns its gradient as well.

    Of one that takes more, such as weights or a mask, it must be seen that it computes one.
    """
    if not _LOSS.fullmatch(name.lower()) or _count(function) < _TWO:
        return None
    several = _count(function) > _TWO and tells_its_gradient(function)
    is_both = several or (_count(function) == _TWO and returns_two(function))
    return Partners(name, function, function, Bond.BOTH) if is_both else None


def _count(function: Callable[..., Any]) -> int:
    return len(required(function))

"""Which plain functions of a module belong together, from their names.

conv_forward_naive    conv_backward_naive          one word of the name is another
relu                  relu_backward                the name of the forward and one word more
sigmoid               sigmoid_prime, d_sigmoid     the same, of a local derivative
convolution           convolutionBackward          the same, words set apart by capitals
svm_loss              -                            it returns a loss and its gradients
sigmoid               -                            a flag of it asks for the derivative
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import FunctionType
from typing import Any

from gradcheck.adapters.flagged import flag_of, parted
from gradcheck.adapters.instructions import returns_two
from gradcheck.adapters.kinds import tells_its_gradient
from gradcheck.foreign.signatures import required

_SWAPPED = {
    "forward": "backward",
    "forwardprop": "backprop",
    "fprop": "bprop",
    "fwd": "bwd",
    "fp": "bp",
}
_PULLS = ("backward", "bwd", "backprop", "bprop", "bp", "vjp")
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
    spelled = {_words(name): functions[name] for name in reversed(functions)}
    taken: set[FunctionType] = set()
    for name, forward in functions.items():
        if forward in taken:
            continue
        found = (
            _swapped(name, spelled)
            or _beside(name, functions, spelled)
            or _flagged(name, forward)
            or _both(name, forward)
        )
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


def _words(name: str) -> tuple[str, ...]:
    """A name's words, however they are set apart.

    >>> _words("conv_backward_naive"), _words("maxpoolBackward")
    (('conv', 'backward', 'naive'), ('maxpool', 'backward'))
    """
    return tuple(word.lower() for word in _WORD.findall(name))


# What begins with an underline is its author's own: that is no other spelling of the rest.
_WORD = re.compile(r"^_+|[A-Z]*[^A-Z_]+|[A-Z]+")


def _swapped(name: str, spelled: Mapping[tuple[str, ...], FunctionType]) -> Partners | None:
    """``forward_relu`` and ``backward_relu``, ``convForward`` and ``convBackward``."""
    words = _words(name)
    for number, word in enumerate(words):
        before, after = words[:number], words[number + 1 :]
        other = _SWAPPED.get(word)
        backward = other and spelled.get((*before, other, *after))
        common = re.sub(f"_?{word}", "", name, count=1, flags=re.IGNORECASE).strip("_")
        if backward and common:
            return Partners(common, spelled[words], backward, Bond.BACKWARD)
    return None


def _beside(
    name: str,
    functions: Mapping[str, FunctionType],
    spelled: Mapping[tuple[str, ...], FunctionType],
) -> Partners | None:
    """``relu`` and ``relu_backward``, or ``relu_prime``, which takes what that takes."""
    forward, words = functions[name], _words(name)
    for word in _PULLS:
        backward = spelled.get((*words, word)) or spelled.get((word, *words))
        if backward and _count(backward) > 1:
            return Partners(name, forward, backward, Bond.BACKWARD)
    for word in _DIFFERENTIATES:
        derivative = spelled.get((*words, word)) or spelled.get((word, *words))
        if word == "d":
            derivative = derivative or functions.get(f"d{name}")
        if derivative and 0 < _count(derivative) == _count(forward) <= _TWO:
            return Partners(name, forward, derivative, Bond.DERIVATIVE)
    return None


def _flagged(name: str, function: FunctionType) -> Partners | None:
    """``sigmoid(x, derivative=False)``."""
    if not flag_of(function):
        return None
    forward, backward = parted(function)
    if not 0 < _count(forward) <= _TWO:
        return None
    pulls = _count(backward) > _count(forward)
    return Partners(name, forward, backward, Bond.BACKWARD if pulls else Bond.DERIVATIVE)


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

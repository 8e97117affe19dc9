"""Which plain functions of a module belong together, from their names.

conv_forward_naive    conv_backward_naive          one word of the name is another
relu                  relu_backward                the name of the forward and one word more
sigmoid               sigmoid_prime, d_sigmoid     the same, of a local derivative
elu                   elu_derivative(grad, x)      the same, which multiplies by the gradient itself
convolution           convolutionBackward          the same, words set apart by capitals
svm_loss              -                            it returns a loss and its gradients
sigmoid               -                            a flag of it asks for the derivative
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from types import FunctionType
from typing import Any, TypeAlias

from gradcheck.adapters.flagged import flag_of, parted
from gradcheck.adapters.kinds import tells_its_gradient
from gradcheck.adapters.named import is_target
from gradcheck.adapters.returns import returns_two
from gradcheck.adapters.spelling import BACKS, DIFFERENTIATES, LONG, PULLS, SWAPPED, words_of
from gradcheck.adapters.vocabulary import COTANGENT, means
from gradcheck.foreign.signatures import positional, required

_Spelled: TypeAlias = Mapping[tuple[str, ...], FunctionType]
_LOSS = re.compile(r"(.*_)?(loss|cost|criterion|entropy|mse|mae|bce|hinge)(_.*)?")


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
    functions, spelled = _functions_in(space)
    taken: set[FunctionType] = set()
    for name, forward in functions.items():
        if forward in taken:
            continue
        found = (
            _swapped(name, forward, spelled)
            or _beside(name, forward, spelled)
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
    functions, spelled = _functions_in(space)
    joined = {one for pair in partners(space) for one in (pair.forward, pair.backward)}
    for name, forward in functions.items():
        others = (one for _, one in _opposite(name, spelled))
        for other in (*_named(name, spelled, (*PULLS, *DIFFERENTIATES)), *others):
            if not {forward, other} & joined:
                yield name, other.__name__


def lonely(space: Mapping[str, Any]) -> list[str]:
    """The functions with the name of a backward whose forward is not among them.

    >>> def pool_backward(grad, x): ...
    >>> lonely({"pool_backward": pool_backward})
    ['pool_backward']
    """
    joined = {one.backward for one in partners(space)}
    functions, _ = _functions_in(space)
    return [n for n, one in functions.items() if one not in joined and BACKS & {*words_of(n)}]


def _functions_in(space: Mapping[str, Any]) -> tuple[dict[str, FunctionType], _Spelled]:
    """By their names, and by the words of these; of two that are spelled alike, the first."""
    functions = {name: one for name, one in space.items() if inspect.isfunction(one)}
    return functions, {words_of(name): functions[name] for name in reversed(functions)}


def _swapped(name: str, forward: FunctionType, spelled: _Spelled) -> Partners | None:
    """``forward_relu`` and ``backward_relu``, ``convForward`` and ``convBackward``."""
    for word, backward in _opposite(name, spelled):
        common = re.sub(f"_?{word}", "", name, count=1, flags=re.IGNORECASE).strip("_")
        said = Bond.DERIVATIVE if word == "f" else Bond.BACKWARD
        bond = _bond(forward, backward, said) or (said if said == Bond.BACKWARD else None)
        if common and bond:
            return Partners(common, forward, backward, bond)
    return None


def _opposite(name: str, spelled: _Spelled) -> Iterator[tuple[str, FunctionType]]:
    """Each word of a name that says it is a forward, and the function with its opposite there."""
    words = words_of(name)
    for number, word in enumerate(words):
        for forth in (word, *(long for long in LONG if long in word)):
            other = word.replace(forth, SWAPPED.get(forth, ""))
            if (way := (*words[:number], other, *words[number + 1 :])) in spelled:
                yield forth, spelled[way]


def _beside(name: str, forward: FunctionType, spelled: _Spelled) -> Partners | None:
    """``relu`` and ``relu_backward``, or ``relu_prime``, which takes what that takes."""
    for bond, words in ((Bond.BACKWARD, PULLS), (Bond.DERIVATIVE, DIFFERENTIATES)):
        for other in _named(name, spelled, words):
            if found := _bond(forward, other, bond):
                return Partners(name, forward, other, found)
    return None


def _bond(forward: FunctionType, other: FunctionType, said: Bond) -> Bond | None:
    """What the other does, by what it must be given; where that leaves it open, as its name says.

    >>> def tanh(x): ...
    >>> def tanh_grad(dout, cache): ...
    >>> def tanh_backward(x): ...
    >>> str(_bond(tanh, tanh_grad, Bond.DERIVATIVE)), str(_bond(tanh, tanh_backward, Bond.BACKWARD))
    ('backward', 'derivative')
    """
    asked, given = ([p.name for p in required(one)] for one in (forward, other))
    is_handed_gradient = any(means(COTANGENT, one) and one not in asked for one in given)
    if len(given) > 1 and (said == Bond.BACKWARD or is_handed_gradient):
        return Bond.BACKWARD
    fits = given == asked if said == Bond.BACKWARD else len(given) == len(asked)
    if fits and 0 < len(given) <= 2 and not is_handed_gradient:
        return Bond.DERIVATIVE
    return None


def _named(name: str, spelled: _Spelled, added: Sequence[str]) -> Iterator[FunctionType]:
    """The functions of this name with one of these words behind or before it, ``dtanh`` as well."""
    words = words_of(name)
    for word in added:
        ways = ((*words, word), (word, *words), *([words_of(f"d{name}")] if word == "d" else ()))
        found = (spelled[way] for way in ways if way in spelled)
        yield from islice(found, 1)


def _flagged(name: str, function: FunctionType) -> Partners | None:
    """``sigmoid(x, derivative=False)``."""
    if not flag_of(function):
        return None
    forward, backward = parted(function)
    if not 0 < _count(forward) <= 2:
        return None
    pulls = _count(backward) > _count(forward)
    return Partners(name, forward, backward, Bond.BACKWARD if pulls else Bond.DERIVATIVE)


def _both(name: str, function: FunctionType) -> Partners | None:
    """A loss of a prediction and a target that returns its gradient as well.

    Of one that returns or takes more, such as weights or a mask, it must be seen that it computes
    one.
    """
    function = _always_told(function)
    if not _LOSS.fullmatch("_".join(words_of(name))) or _count(function) < 2:
        return None
    several = tells_its_gradient(function)
    is_both = several or (_count(function) == 2 and returns_two(function))
    return Partners(name, function, function, Bond.BOTH) if is_both else None


def _always_told(function: FunctionType) -> FunctionType:
    """The same, which must be given its target: ``loss(x, y=None)`` is none without.

    >>> def loss(x, y=None, scale=2.0): ...
    >>> [p.name for p in required(_always_told(loss))]
    ['x', 'y']
    """
    asked, defaults = positional(function), function.__defaults__ or ()
    if len(asked) < 2 or len(required(function)) != 1 or asked[1].default is not None:
        return function
    if not is_target(asked[1].name):
        return function
    code, space, closure = function.__code__, function.__globals__, function.__closure__
    told = FunctionType(code, space, function.__name__, defaults[1:], closure)
    told.__dict__.update(vars(function))
    told.__kwdefaults__, told.__doc__ = function.__kwdefaults__, function.__doc__
    return told


def _count(function: Callable[..., Any]) -> int:
    return len(required(function))

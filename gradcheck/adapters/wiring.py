"""What a layer of a static graph reads and leaves, for it is handed nothing: seen in its code.

    def forward(self):   self.output = f(self.input)
    def backward(self):  self.d_input = self.d_output * f'(self.input)

An attribute that its constructor leaves unset and its forward reads is an input.  One that holds a
gradient's name, is left unset too and read by the backward, is the cotangent.

    def forward(self):   a, b = self.parents;   self.output = a.output * b.output

Who reads of others what it sets itself is given its inputs by the layers before it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from types import FunctionType
from typing import Any

from gradcheck.adapters.bytecode import instructions_of, loads, variables
from gradcheck.adapters.instructions import attributes_of_first
from gradcheck.adapters.returns import returns_nothing
from gradcheck.adapters.shape import method_of, own_positional
from gradcheck.adapters.vocabulary import BACKWARD, FLAG, FORWARD, GRADIENT, means
from gradcheck.foreign.signatures import is_variadic, parameters


@dataclass(frozen=True)
class Wiring:
    """The ends of a layer that is handed nothing.

    Attributes:
        forward: The name of what computes.
        backward: That of its gradient.
        inputs: The attributes that the forward reads its inputs from.
        outputs: Those that it sets.
        cotangent: The one that the backward reads its cotangent from; empty of a loss.
        gradients: Those that the backward sets, and that bear a gradient's name.
        before: How many layers before it are asked for what they have set.
    """

    forward: str
    backward: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    cotangent: str
    gradients: tuple[str, ...]
    before: int = 0


def wiring_of(kind: Any) -> Wiring | None:
    """The ends of a class of such layers; None of any other.

    >>> class Square:
    ...     def __init__(self):
    ...         self.input = self.output = self.d_input = self.d_output = None
    ...     def forward(self):
    ...         self.output = self.input**2
    ...     def backward(self):
    ...         self.d_input = 2 * self.input * self.d_output
    >>> wiring_of(Square).inputs, wiring_of(Square).outputs, wiring_of(Square).cotangent
    (('input',), ('output',), 'd_output')
    """
    return _wiring_of(kind)


# Behind a function of its own: to the type checker, what is known to be a class is not hashable.
@functools.lru_cache(maxsize=512)
def _wiring_of(kind: Any) -> Wiring | None:
    forward, backward = method_of(kind, "forward", FORWARD), method_of(kind, "backward", BACKWARD)
    if forward is None or backward is None or not _is_handed_nothing(kind, forward, backward):
        return None
    ahead, back = (list(_written(kind, name)) for name in (forward, backward))
    unset, outputs = _unset(kind), _stored(ahead)
    inputs = tuple(name for name in _read(ahead) if name in unset and name not in outputs)
    wanted = [name for name in _read(back) if name in unset and name not in inputs]
    cotangent = next((name for name in wanted if means(GRADIENT, name)), "")
    before = 0 if inputs else _asked_before(ahead, outputs)
    inputs = inputs or _names(before)
    if not inputs or not (outputs or _returns(kind, forward)):
        return None
    gradients = tuple(name for name in _stored(back) if means(GRADIENT, name))
    return Wiring(forward, backward, inputs, tuple(outputs), cotangent, gradients, before)


def _names(before: int) -> tuple[str, ...]:
    return ("input",) if before == 1 else tuple(f"input{number}" for number in range(before))


def _returns(kind: Any, forward: str) -> bool:
    return not returns_nothing(getattr(kind, forward))


def _asked_before(methods: Iterable[FunctionType], outputs: Collection[str]) -> int:
    """How many others it asks for what it sets itself, so many as it takes out of a list."""
    read = [list(pairwise(instructions_of(one))) for one in methods]
    own = [method.__code__.co_varnames[0] for method in methods]
    asks = any(
        after.opname == "LOAD_ATTR" and after.argval in outputs and not loads(before, first)
        for first, found in zip(own, read, strict=True)
        for before, after in found
    )
    taken = [
        int(after.arg or 0)
        for found in read
        for before, after in found
        if after.opname == "UNPACK_SEQUENCE" and before.opname == "LOAD_ATTR"
    ]
    return max(taken, default=1) if asks else 0


def _is_handed_nothing(kind: Any, forward: str, backward: str) -> bool:
    asked = parameters(getattr(kind, forward))[1:]
    if any(is_variadic(p) or not means(FLAG, p.name) for p in asked):
        return False
    return not own_positional(kind, backward)


def _written(kind: Any, name: str) -> Iterator[FunctionType]:
    """A method, and those of the bases that it hands on to."""
    for base in kind.__mro__[:-1]:
        found = vars(base).get(name)
        if inspect.isfunction(found):
            yield found
            above = {"super", *(one.__name__ for one in base.__mro__[1:-1])}
            if not above & {*found.__code__.co_names}:
                return


def _read(methods: Iterable[FunctionType]) -> list[str]:
    """What they ask their object for, in the order in which they do."""
    return list(dict.fromkeys(name for one in methods for name in attributes_of_first(one)))


def _stored(methods: Iterable[FunctionType]) -> list[str]:
    stored = (_stored_by(one) for one in methods)
    return list(dict.fromkeys(name for names in stored for name in names))


def _stored_by(method: FunctionType) -> list[str]:
    first = method.__code__.co_varnames[0]
    found = pairwise(instructions_of(method))
    return [
        one.argval for before, one in found if one.opname == "STORE_ATTR" and loads(before, first)
    ]


def _unset(kind: Any) -> set[str]:
    """The attributes that its constructors leave at None, of themselves or unless they are told."""
    return {
        name
        for constructor in _written(kind, "__init__")
        for name, value in _assigned(constructor)
        if value in {"None", *(p.name for p in parameters(constructor) if p.default is None)}
    }


def _assigned(constructor: FunctionType) -> Iterator[tuple[str, str]]:
    """Each attribute of its object with the variable that it is given, or None, or nothing."""
    first, value = constructor.__code__.co_varnames[0], ""
    for before, one in pairwise(instructions_of(constructor)):
        if len(variables(before)) > 1:
            value = str(variables(before)[0])  # newer Pythons load both at once
        if one.opname == "STORE_ATTR" and loads(before, first):
            yield one.argval, value
        elif not loads(one, first) and one.opname not in {"COPY", "DUP_TOP"}:
            is_plain = one.opname == "LOAD_CONST" or "LOAD_FAST" in one.opname
            value = str(one.argval) if is_plain else ""

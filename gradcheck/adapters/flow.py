"""Two methods that belong together by what one keeps and the other reads, whatever they are called.

A backward is handed a gradient, as its own name or that of its argument says, and reads what its
forward has kept; the forward is handed something else, and returns something.
"""

from __future__ import annotations

import re
from itertools import product

from gradcheck.adapters.bytecode import code_of
from gradcheck.adapters.keeping import reads_kept
from gradcheck.adapters.returns import returned_name, returned_names, returns_nothing
from gradcheck.adapters.shape import (
    backward_of,
    called,
    forward_of,
    is_written,
    member_of,
    own_names,
    required_names,
)
from gradcheck.adapters.spelling import differentiates
from gradcheck.adapters.vocabulary import CLEAR, COTANGENT, RATE, means, plain

_FEW = (1, 2)
# One letter, by which some call what goes in, and some what comes back.
_OF_EITHER = re.compile("y|a|z")
_DERIVES = re.compile(r".*(deriv|grad|prime|slope|differentiate|jac|delta).*|d[a-z]{0,2}")
# What is in a name, the more telling first.
_BACK = (re.compile(r"back|bwd|bprop|reverse|pull"), re.compile(r"grad|deriv|delta|diff|chain"))
_FORTH = (re.compile(r"forw|fwd|fprop|feed"), re.compile(r"out|activ|comput|call|appl|predict"))


def methods_by_flow(target: object) -> tuple[str, str] | None:
    """The names of its forward and its backward; None where no two, or several, go together.

    >>> class Dense:
    ...     def activate(self, x):
    ...         self.x = x
    ...         return self.w * x
    ...     def learn(self, error):
    ...         self.dw = error * self.x
    ...         return self.w * error
    ...     def scale(self, x):
    ...         return 2 * x
    >>> methods_by_flow(Dense)
    ('activate', 'learn')
    """
    names = [name for name in own_names(target) if _may_be_asked(target, name)]
    if called(target):
        names.append("__call__")
    forward, backward = forward_of(target), backward_of(target)
    forwards = [name for name in ([forward] if forward else names) if _goes_on(target, name)]
    backwards = [backward] if backward else names
    handed = {name: _is_handed_gradient(target, name) for name in backwards}
    pairs = [
        (ahead, back)
        for ahead, back in product(forwards, handed)
        if ahead != back
        and (handed[back] or _is_named_for(target, ahead, back))
        and reads_kept(getattr(target, back), getattr(target, ahead))
    ]
    return _best(pairs)


def methods_by_name(target: object) -> tuple[str, str] | None:
    """A function and its derivative: called after each other, or the only two that take the same.

    >>> class Phi:
    ...     def phi(self, x):
    ...         return x * x
    ...     def dphi(self, x):
    ...         return 2 * x
    >>> class Score:
    ...     def measure(self, prediction, target):
    ...         return (prediction - target) ** 2
    ...     def gradient(self, prediction, target):
    ...         return 2 * (prediction - target)
    >>> methods_by_name(Phi), methods_by_name(Score)
    (('phi', 'dphi'), ('measure', 'gradient'))
    """
    names = [name for name in own_names(target) if is_written(target, name)]
    values = [name for name in names if not name.startswith("_") and _goes_on(target, name)]
    pairs = [(value, other) for value, other in product(values, names) if value != other]
    named = [pair for pair in pairs if differentiates(*pair)]
    told = [pair for pair in pairs if _DERIVES.fullmatch(plain(pair[1]))]
    alike = ([one for one in few if _takes_the_same(target, *one)] for few in (named, told))
    return next((few[0] for few in alike if len(few) == 1), None)


def _takes_the_same(target: object, value: str, other: str) -> bool:
    """As many arguments, or none where it reads what the other keeps."""
    asked, given = (required_names(target, name) for name in (value, other))
    kept = reads_kept(getattr(target, other), getattr(target, value))
    return len(asked) in _FEW and (len(given) == len(asked) or (not given and kept))


def _may_be_asked(target: object, name: str) -> bool:
    """Whether it is a method of it that must be given something; a property is not looked at.

    None that is compiled: of its instructions nothing can be read.
    """
    if code_of(member_of(target, name)) is None:
        return False
    return is_written(target, name) and bool(required_names(target, name))


def _is_handed_gradient(target: object, method: str) -> bool:
    first = (*required_names(target, method), "")[0]
    is_named = any(words.search(plain(method)) for words in _BACK)
    is_other = CLEAR.fullmatch(plain(method)) or means(RATE, first)
    return not is_other and bool(first) and (is_named or means(COTANGENT, first))


def _is_named_for(target: object, ahead: str, back: str) -> bool:
    """Whether what the one is handed is called for what the other takes or returns, as ``dh``."""
    first = (*required_names(target, back), "")[0]
    method = getattr(target, ahead)
    ends = (*required_names(target, ahead), *returned_names(method), returned_name(method))
    return first in {f"d{mark}{name}" for name in ends if name for mark in ("", "_")}


def _goes_on(target: object, method: str) -> bool:
    """Whether it may be a forward: it is given what is no gradient, and returns something."""
    first = (*required_names(target, method), "")[0]
    gradient = means(COTANGENT, first) and not means(_OF_EITHER, first)
    return bool(first) and not gradient and not returns_nothing(getattr(target, method))


def _best(pairs: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The pair whose names tell the most; None where two tell as much."""
    ranked = sorted(pairs, key=_rank)
    if len(ranked) > 1 and _rank(ranked[0]) == _rank(ranked[1]):
        return None
    return ranked[0] if ranked else None


def _rank(pair: tuple[str, str]) -> tuple[int, int]:
    forward, backward = map(plain, pair)
    return _place(backward, _BACK), _place(forward, _FORTH)


def _place(name: str, words: tuple[re.Pattern[str], ...]) -> int:
    return next((place for place, one in enumerate(words) if one.search(name)), len(words))

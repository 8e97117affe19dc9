"""Somebody's code without the small constants that keep it from dividing by zero.

``log(p + 1e-8)`` has a gradient that differs in the eighth digit from that of ``log(p)``, which is
what most authors write down.  Whether it is right but for this is a question of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcheck.foreign.guards import guards
from gradcheck.foreign.rewriting import functions_of, rewritten

LEFT_OUT = (
    "a constant that keeps something from being zero is not the same in forward and backward: "
    "right without it, off by {error:.1e} with it"
)
# Added to any number that is not as small itself, it changes none: for who refuses zero.
TINY = 1e-300
# Larger ones are part of the formula.
LARGEST = 1e-6
# 0.999999 is not quite so near to one.
_ROUNDED = 1.0001


def holds_epsilon(target: object) -> bool:
    """Whether the code of a class, or of what it calls, has such a constant.

    >>> class Log:
    ...     def forward(self, p):
    ...         return (p + 1e-8).log()
    >>> class LogOfTheRest:
    ...     def forward(self, p):
    ...         return (1.000001 - p).log()
    >>> holds_epsilon(Log), holds_epsilon(LogOfTheRest)
    (True, True)
    """
    return bool(_guards(target))


@contextmanager
def without_epsilons(target: object, nothing: float = 0.0) -> Iterator[None]:
    """Inside, they are zero, or as good as nothing; and what is one but for them is one."""
    known = _guards(target)

    def rule(value: Any) -> Any:
        return _without(value) or nothing if _is_in(value, known) else value

    with rewritten(target, rule):
        yield


def _is_in(value: Any, known: set[float]) -> bool:
    return _is_small(value) and value in known


def _guards(target: object) -> set[float]:
    return guards(functions_of(target), _is_small)


def _is_small(value: Any) -> bool:
    """Whether it is nearly zero, or one: as in ``log(1.000001 - p)``."""
    return isinstance(value, float) and 0 < abs(value - _without(value)) <= LARGEST * _ROUNDED


def _without(value: float) -> float:
    return 1.0 if abs(value - 1) < abs(value) else 0.0

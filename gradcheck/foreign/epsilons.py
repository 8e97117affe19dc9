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
# Larger ones are part of the formula.
LARGEST = 1e-6


def holds_epsilon(target: object) -> bool:
    """Whether the code of a class, or of what it calls, has such a constant.

    >>> class Log:
    ...     def forward(self, p):
    ...         return (p + 1e-8).log()
    >>> holds_epsilon(Log)
    True
    """
    return bool(_guards(target))


@contextmanager
def without_epsilons(target: object) -> Iterator[None]:
    """Inside, they are zero."""
    known = _guards(target)
    with rewritten(target, lambda value: 0.0 if _is_small(value) and value in known else value):
        yield


def _guards(target: object) -> set[float]:
    return guards(functions_of(target), _is_small)


def _is_small(value: Any) -> bool:
    return isinstance(value, float) and 0 < value <= LARGEST

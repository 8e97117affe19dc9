"""Somebody's code without the small constants that keep it from dividing by zero.

``log(p + 1e-8)`` has a gradient that differs in the eighth digit from that of ``log(p)``, which is
what most authors write down.  Whether it is right but for this is a question of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcheck.foreign.rewriting import changes, rewritten

LEFT_OUT = (
    "the backward leaves out a constant that keeps the forward from dividing by zero: "
    "right without it, off by {error:.1e} with it"
)
# Larger ones are part of the formula.
LARGEST = 1e-5


def holds_epsilon(target: object) -> bool:
    """Whether the code of a class, or of what it calls, has such a constant.

    >>> class Log:
    ...     def forward(self, p):
    ...         return (p + 1e-8).log()
    >>> holds_epsilon(Log)
    True
    """
    return changes(target, _nothing)


@contextmanager
def without_epsilons(target: object) -> Iterator[None]:
    """Inside, they are zero."""
    with rewritten(target, _nothing):
        yield


def _nothing(value: Any) -> Any:
    return 0.0 if isinstance(value, float) and 0 < value <= LARGEST else value

"""The smallest error of each leaf that the check refutes, by bisection over powers of ten."""

from __future__ import annotations

from collections.abc import Callable

from gradcheck.faults import Sharpness
from gradcheck.injection.claims import Change, one_element, scaled

FINEST = 16  # ε of float64 is 2e-16: nothing smaller is there to be seen

Refuted = Callable[[str, Change], bool]
"""A leaf and a change of its claim → whether the check refutes it."""


def sharpness_of(leaf: str, is_refuted: Refuted) -> Sharpness:
    """Of the whole gradient, and of its largest element alone."""
    return Sharpness(
        leaf,
        _smallest(lambda error: is_refuted(leaf, scaled(1 + error))),
        _smallest(lambda error: is_refuted(leaf, one_element(1 + error))),
    )


def _smallest(shows: Callable[[float], bool]) -> float | None:
    """The smallest power of ten that shows, as each larger one does; None if not even 1 does.

    >>> _smallest(lambda error: error > 3e-8), _smallest(lambda error: False)
    (1e-07, None)
    """
    seen, unseen = -1, FINEST + 1
    while unseen - seen > 1:
        middle = (seen + unseen) // 2
        if shows(10.0**-middle):
            seen = middle
        else:
            unseen = middle
    return 10.0**-seen if seen >= 0 else None

"""Inputs of which some are longer than the others: keys and values beside queries.

Who takes the length of one for that of another is right wherever both have the same shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, islice

from gradcheck.cases.case import Case
from gradcheck.cases.spec import REAL, Spec
from gradcheck.choice.attempt import answers_each

_MOST, _INPUTS, _LONGER = 3, 4, 2


def lengthened(spec: Spec, build: Callable[[Spec], Case]) -> tuple[Spec, ...]:
    """The spec with an axis of some inputs longer, as far as its backward takes them for that."""
    count = len(spec.shapes)
    real = all(kind == REAL for kind in spec.kinds)
    alike = 1 < count <= _INPUTS and len({*spec.shapes}) == 1
    if not real or not alike or spec.bundled:
        return ()
    fitting = (one for one in _longer(spec) if answers_each(build(one), count))
    return tuple(islice(fitting, _MOST))


def _longer(spec: Spec) -> Iterator[Spec]:
    """Each axis of each group of inputs; what is left as it is is the other group."""
    first, *others = spec.shapes
    places = range(1, len(spec.shapes))
    groups = [group for size in range(len(others), 0, -1) for group in combinations(places, size)]
    for axis, length in enumerate(first):
        longer = (*first[:axis], length + _LONGER, *first[axis + 1 :])
        for group in groups:
            shapes = tuple(longer if n in group else shape for n, shape in enumerate(spec.shapes))
            yield replace(spec, shapes=shapes, on_kinks=False)

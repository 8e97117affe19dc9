"""Three axes turned round, where a first case lets two change places.

An order of two axes is its own inverse: who forgets to invert it is right.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradcheck.cases.case import Case
from gradcheck.cases.spec import Spec
from gradcheck.choice.attempt import GOOD, attempt_at
from gradcheck.foreign.signatures import is_variadic

_AXES = re.compile(r"(axe|dim)s|perm(utation)?|order")
_EXCHANGED, _TURNED = [1, 0], (1, 2, 0)
# Whose gradient has the right shape in any order.
_CUBE = (4, 4, 4)


def turned(
    options: Sequence[inspect.Parameter], spec: Spec, build: Callable[[Spec], Case]
) -> tuple[Spec, ...]:
    """The spec with each order of axes another; nothing, where it takes none."""
    named = [name for name, value in spec.options.items() if _exchanges(value)]
    named += [p.name for p in options if is_variadic(p) and _AXES.fullmatch(p.name.lower())]
    cubes = (_CUBE,) * len(spec.shapes)
    found = (
        replace(spec, options={**spec.options, name: _TURNED}, shapes=cubes, on_kinks=False)
        for name in named
    )
    return tuple(one for one in found if attempt_at(build(one)).reach == GOOD)


def _exchanges(value: Any) -> bool:
    whole = isinstance(value, tuple | list) and all(type(one) is int for one in value)
    return whole and [*value] == _EXCHANGED

"""A loss of several columns that its author means for one.

``-(y.T @ p.log())`` is a number for one column; of several it is a square, whose other elements
pair what does not belong together.  And of ``w``, ``X`` and ``y`` the first and the last are
vectors: there a mean over ``X @ w - y`` is one over the samples, and elsewhere over columns too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gradcheck.adapters import is_loss, prediction_position
from gradcheck.adapters.bytecode import instructions_of
from gradcheck.adapters.kinds import shape_of
from gradcheck.cases.spec import REAL, Siblings, Spec
from gradcheck.choice.attempt import fitting

_PRODUCTS = {"dot", "matmul", "mm"}
_KINDS = (("in (0, 1)", "0 or 1"), (REAL, REAL))
_COLUMN = (4, 1)
_WITH_SAMPLES = 3
_WEIGHT = re.compile(r"w|theta|weights?|coef\w*|params?")


def in_one_column(target: type, specs: tuple[Spec, ...], siblings: Siblings) -> tuple[Spec, ...]:
    """The specs; a single one of one column, where the numbers fit there and not as they are."""
    several = all(len(one) == 2 and min(one) > 1 for one in specs[0].shapes)
    if not (several and is_loss(target) and _multiplies(target)):
        return specs
    if fitting(target, specs[0], siblings):
        return specs
    others = (*_columns(target, specs[0]), *_vectors(target, specs[0]))
    return next(((one,) for one in others if fitting(target, one, siblings)), specs)


def _columns(target: type, spec: Spec) -> Iterator[Spec]:
    """The prediction and the target, as a column each."""
    swapped = prediction_position(target) == 1
    for kinds in _KINDS if len(spec.shapes) == len(_KINDS[0]) else ():
        told = kinds[::-1] if swapped else kinds
        yield replace(spec, shapes=(_COLUMN, _COLUMN), kinds=told)


def _vectors(target: type, spec: Spec) -> Iterator[Spec]:
    """A weight with a small letter and the target, as vectors beside the samples."""
    shape = shape_of(target)
    names = shape.arguments if shape else ()
    if len(spec.shapes) != _WITH_SAMPLES or len(names) != _WITH_SAMPLES:
        return
    for place, name in enumerate(names):
        width = spec.shapes[place][-1]
        if not _WEIGHT.fullmatch(name) or [one[-1] for one in spec.shapes].count(width) != 2:
            continue
        shapes = tuple(one[:-1] if one[-1] == width else one for one in spec.shapes)
        for kind in ("0 or 1", REAL):
            kinds = [REAL] * _WITH_SAMPLES
            others = (n for n, one in enumerate(shapes) if len(one) == 1 and n != place)
            kinds[next(others)] = kind
            yield replace(spec, shapes=shapes, kinds=tuple(kinds))


def _multiplies(target: type) -> bool:
    """Whether its forward has a product of matrices."""
    shape = shape_of(target)
    found = instructions_of(getattr(target, shape.forward)) if shape else ()
    return any(one.argrepr == "@" or one.argval in _PRODUCTS for one in found)

"""A loss that multiplies its prediction with its target as matrices means one column of each.

``-(y.T @ p.log())`` is a number there; of several columns it is a square, whose other elements pair
what does not belong together.
"""

from __future__ import annotations

from dataclasses import replace

from gradcheck.adapters import is_loss, prediction_position
from gradcheck.adapters.bytecode import instructions_of
from gradcheck.adapters.kinds import shape_of
from gradcheck.cases.spec import REAL, Siblings, Spec
from gradcheck.choice.attempt import fitting

_PRODUCTS = {"dot", "matmul", "mm"}
_KINDS = (("in (0, 1)", "0 or 1"), (REAL, REAL))
_COLUMN = (4, 1)


def in_one_column(target: type, specs: tuple[Spec, ...], siblings: Siblings) -> tuple[Spec, ...]:
    """The specs; a single one of one column, where the numbers fit there and not as they are."""
    shapes = specs[0].shapes
    several = len(shapes) == 2 and all(len(one) == 2 and min(one) > 1 for one in shapes)
    if not (several and is_loss(target) and _multiplies(target)):
        return specs
    if fitting(target, specs[0], siblings):
        return specs
    swapped = prediction_position(target) == 1
    for kinds in _KINDS:
        told = kinds[::-1] if swapped else kinds
        other = replace(specs[0], shapes=(_COLUMN, _COLUMN), kinds=told)
        if fitting(target, other, siblings):
            return (other,)
    return specs


def _multiplies(target: type) -> bool:
    """Whether its forward has a product of matrices."""
    shape = shape_of(target)
    found = instructions_of(getattr(target, shape.forward)) if shape else ()
    return any(one.argrepr == "@" or one.argval in _PRODUCTS for one in found)

"""Dust: what rounding leaves where terms cancel, which no two right gradients have in common.

A gradient can be dust alone, as that of a bias before a normalisation.  Or some of its digits are,
as in a normalisation of two elements, or a saturated softmax: large terms leave a small
difference, and their rounding.  How much is dust is measured: it is another at the next input.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from gradcheck.cases.point import generator
from gradcheck.cases.probe import Draw, Probe
from gradcheck.comparison import Comparison, Opinion
from gradcheck.grid import scale_of
from gradcheck.norms import largest, norm
from gradcheck.subject import Outputs, Values, vjp
from gradcheck.witnesses.exact import compare, worst

Gradients = Callable[[Values, Outputs], tuple[Tensor, ...]]
"""Values and cotangents → the witness's gradients there."""

# Inputs this little larger have the same gradient to this part of it, unless it is rounding.
NUDGED = 1 + 2.0**-40
STEADY = 1e-6
# Another formula rounds otherwise, at other places: by so many times what the last bits move.
DUSTIER = 64
# Where terms cancel, a gradient often stands still by chance.
SHAKES = 8
# A claim of so small a part of its cotangent may be dust: it is, if so much of it changes.  Dust is
# amplified, as by one over a small deviation: no formula, right or wrong, turns last bits into a
# tenth of its value.
TINY, UNSTEADY = 2.0**-32, 0.1
# More dust than this part of a gradient leaves nothing to agree on.
MOST_DUST = 1e-6


def natural_size(probe: Probe, draw: Draw, position: int) -> float:
    """The size of cotangent times output over leaf: what cancels where a gradient is zero."""
    products = zip(draw.cotangents, probe.outputs, strict=True)
    return math.hypot(*(norm(u * y) for u, y in products)) / scale_of(probe.values[position])


def small_or_dust(witness: str, probe: Probe, position: int, gradients: Gradients) -> Comparison:
    """Compare gradients far below the output again: a small one stays as it is, dust does not.

    What a saturated sigmoid leaves of a gradient is exact, though it is small.

    Args:
        witness: Whose gradients these are.
        probe: The point.
        position: The leaf.
        gradients: The witness's gradients anywhere.
    """
    nudged, found = tuple(value * NUDGED for value in probe.values), []
    for draw in probe.draws:
        truth = gradients(probe.values, draw.cotangents)[position]
        nearby = gradients(nudged, draw.cotangents)[position]
        claim, natural = draw.claims[position], natural_size(probe, draw, position)
        steady = largest(nearby - truth) <= STEADY * largest(truth)
        if claim is not None:
            found.append(compare(witness, claim, truth, 0.0 if steady else natural))
    return worst(found)


def within_dust(probe: Probe, position: int, said: Comparison, gradients: Gradients) -> Comparison:
    """Excuse a difference that the last bits of all numbers make in the witness's own gradient.

    What was compared at a lower precision is left as it is: that has its own excuses.
    """
    if said.opinion != Opinion.DIFFERS or said.precision or (said.error or 1.0) > MOST_DUST:
        return said
    known = DUSTIER * max(_dust(probe, draw, position, gradients) for draw in probe.draws)
    if not (said.error or 0.0) <= known:
        return said
    opinion = Opinion.AGREES if known <= MOST_DUST else Opinion.COARSE
    note = f"large terms cancel in the gradient, which leaves it known to {known:.0e}"
    return replace(said, opinion=opinion, resolution=known, rounding="", note=note)


def is_dust_alone(probe: Probe, position: int) -> bool:
    """Whether a claim is tiny beside its cotangent, and another one at the next input.

    Then it is what rounding left of zero, and no finite difference of the output can refute it:
    how large the terms were that cancelled inside is not to be seen from outside.
    """
    draw = _largest_draw(probe, position)
    claim, size = draw.claims[position], _size(draw, position)
    if claim is None or not is_tiny(probe, position):
        return False
    signs = generator(draw.seed, 29)
    for shake in range(1 + SHAKES):
        values = tuple(_shaken(v, signs) if shake else v * NUDGED for v in probe.values)
        cotangents = tuple(_shaken(u, signs) if shake else u for u in draw.cotangents)
        nearby = vjp(probe.subject, values, cotangents)[position]
        if nearby is not None and largest(nearby - claim) > UNSTEADY * size:
            return True
    return False


def is_tiny(probe: Probe, position: int) -> bool:
    """Whether a claim is so small beside its cotangent that rounding could have left it."""
    draw = _largest_draw(probe, position)
    return 0 < _size(draw, position) <= TINY * max(largest(u) for u in draw.cotangents)


def _largest_draw(probe: Probe, position: int) -> Draw:
    return max(probe.draws, key=lambda draw: _size(draw, position))


def _size(draw: Draw, position: int) -> float:
    claim = draw.claims[position]
    return 0.0 if claim is None else largest(claim)


def _dust(probe: Probe, draw: Draw, position: int, gradients: Gradients) -> float:
    """How far a gradient moves with the last bits, relative to its largest element."""
    signs, moves = generator(draw.seed, 23), 0.0
    truth = gradients(probe.values, draw.cotangents)[position].double()
    for _ in range(SHAKES):
        values = tuple(_shaken(value, signs) for value in probe.values)
        cotangents = tuple(_shaken(u, signs) for u in draw.cotangents)
        moved = gradients(values, cotangents)[position].double()
        moves = max(moves, largest(moved - truth))
    size = largest(truth)
    return moves / size if size > 0 else 0.0


def _shaken(values: Tensor, signs: torch.Generator) -> Tensor:
    """Every number moved by its last bit."""
    ulp = torch.finfo(values.dtype).eps
    up_or_down = torch.randn(values.shape, generator=signs, device="cpu").sign().to(values)
    return values * (1 + ulp * up_or_down)

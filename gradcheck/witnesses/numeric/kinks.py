"""Where the point lies on a kink: which outputs, which elements, and is the claim a subgradient.

What does not lie on the kink is judged as sharply as anywhere: outputs on it are left out of the
cotangent, or elements that move over it are held still.  What does lie on it is asked by itself,
one output and one element at a time, because among many kinks the interval of valid claims is so
wide that a wrong one hides in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from gradcheck.cases.point import direction, generator
from gradcheck.cases.probe import Draw, Probe
from gradcheck.comparison import Kink
from gradcheck.errors import ExerciseError
from gradcheck.grid import scale_of
from gradcheck.subject import Outputs, flat, vjp
from gradcheck.witnesses.autograd import gradient_of_leaf
from gradcheck.witnesses.numeric.onesided import (
    NEARBY,
    SAMPLES,
    holds_nearer,
    hull,
    interval,
    jumping_outputs,
    sides,
)
from gradcheck.witnesses.numeric.steps import Line, Way, product
from gradcheck.witnesses.numeric.survey import Survey, outputs_at

# How many outputs on kinks, and elements that move over one, are asked by themselves.
MOST_OUTPUTS = 3
MOST_ELEMENTS = 4
# More kinked elements than these are not looked for, nor longer: twenty looks find one in 10⁶.
MOST_FOUND = 32
MOST_LOOKS = 128
DENSE = 4
# A jump this small beside the slopes is curvature or roundoff.
VISIBLE = 1e-3
_STEP = 2.0**-20
_SAME_JUMP = 0.1
# Where the directions of the kink's own questions start in the stream of seeds.
_STREAM = 7_919


@dataclass(frozen=True)
class Judgement:
    """Whether a leaf's claims are subgradients.

    Attributes:
        valid: True if every slope that was asked for is one; False if some is none for sure.
        undecided: Whether some lies at the edge of what is known.
        forwards: How often the forward was called.
    """

    valid: bool
    undecided: bool
    forwards: int

    def joined(self, other: Judgement) -> Judgement:
        """Both at once: valid only if both are."""
        return Judgement(
            self.valid and other.valid,
            self.undecided or other.undecided,
            self.forwards + other.forwards,
        )


def kinked_outputs(probe: Probe, found: Survey) -> Tensor:
    """Which outputs have no derivative at the point, as far as the lines that were followed show.

    A jump counts if much smaller steps show the same one: noise would be far larger there.

    Shapes   (n_outputs,)
    """
    best, kinked = found.ascent.best, torch.zeros_like(found.ascent.irregular)
    for line, jump, error in zip(found.directions, best.jump, best.error, strict=True):
        suspected = (jump > error) & torch.isfinite(error)
        if bool(suspected.any()):
            look = sides(probe, line)
            same = ((look.right - look.left).abs() - jump).abs() <= _SAME_JUMP * jump
            kinked |= suspected & same
        suspected = found.ascent.irregular & ~kinked
        if bool(suspected.any()):
            kinked |= jumping_outputs(probe, line, suspected)
    return kinked


def masked(probe: Probe, keep: Tensor) -> tuple[Draw, ...]:
    """The draws again, with cotangents that are zero outside ``keep``, and claims for those."""
    return tuple(
        _drawn(probe, draw.seed, _split(probe, flat(draw.cotangents) * keep))
        for draw in probe.draws
    )


def kinked_elements(probe: Probe, position: int) -> Tensor:
    """Which elements of a leaf move some output over a kink; found by halving.

    Shapes   that of the leaf
    """
    leaf = probe.values[position]
    found = torch.zeros(leaf.numel(), dtype=torch.bool, device=leaf.device)
    pending = [torch.arange(leaf.numel(), device=leaf.device)]
    pattern = direction(torch.ones_like(leaf), generator(probe.seed, _STREAM, position)).reshape(-1)
    looks = count = 0
    while pending and count < MOST_FOUND and looks < MOST_LOOKS:
        elements = pending.pop()
        looks += 1
        part = torch.zeros_like(pattern)
        part[elements] = pattern[elements]
        if not elements.numel() or not _jumps(probe, _along(probe, {position: part.view_as(leaf)})):
            continue
        if elements.numel() == 1:
            found[elements] = True
            count += 1
        else:
            half = elements.numel() // 2
            pending += [elements[:half], elements[half:]]
    return found.view_as(leaf)


def judge(probe: Probe, elements: Mapping[int, Tensor], outputs: Tensor) -> Judgement:
    """Ask whether what is claimed for these leaves together is a subgradient at these outputs.

    Args:
        probe: The point.
        elements: Leaf position → which of its elements move over a kink.
        outputs: The outputs on kinks.
    """
    lines = list(_lines(probe, elements))
    looks = [sides(probe, line) for line in lines]
    forwards = sum(look.forwards for look in looks)
    valid, undecided = True, False
    for draw in _asked(probe, outputs):
        u = flat(draw.cotangents).double()
        for line, look in zip(lines, looks, strict=True):
            if look.is_unsteady(u):
                undecided = True
                continue
            claimed = sum(_slope_of(draw, position, v) for position, v in line.items())
            allowed = interval(probe, look, u)
            if not allowed.contains(claimed):
                allowed = hull(probe, line, u, allowed)
                forwards += 2 * SAMPLES * len(NEARBY) + look.forwards
                contained = allowed.contains(claimed)
                excluded = allowed.excludes(claimed) and holds_nearer(probe, line, look, u)
                valid &= not excluded
                undecided |= not (contained or excluded)
    return Judgement(valid, undecided, forwards)


def example(probe: Probe, position: int, elements: Tensor, outputs: Tensor) -> Kink | None:
    """One element that moves over a kink, with the slopes on its two sides."""
    leaf = probe.values[position]
    for draw in _asked(probe, outputs):
        u, claim = flat(draw.cotangents).double(), draw.claims[position]
        for index in elements.reshape(-1).nonzero().flatten().tolist():
            look = sides(probe, {position: _single(leaf, index)})
            left, right = float(look.left @ u), float(look.right @ u)
            if claim is not None and abs(right - left) > VISIBLE * max(abs(left), abs(right)):
                place = tuple(int(i) for i in np.unravel_index(index, leaf.shape))
                claimed = float(claim.double().reshape(-1)[index])
                gradient = gradient_of_leaf(probe, draw.cotangents, position)
                theirs = None if gradient is None else float(gradient.reshape(-1)[index])
                return Kink(place, left, right, claimed, theirs)
    return None


def _slope_of(draw: Draw, position: int, v: Way) -> float:
    claim = draw.claims[position]
    return math.nan if claim is None else product(claim, v)


def _asked(probe: Probe, outputs: Tensor) -> Iterator[Draw]:
    """One kinked output at a time, where the cotangent is free; else what there is."""
    if not probe.subject.free_cotangent:
        yield probe.draws[0]
        return
    for index in outputs.nonzero().flatten()[:MOST_OUTPUTS].tolist():
        u = torch.zeros_like(flat(probe.outputs))
        u[index] = 1.0
        yield _drawn(probe, probe.seed, _split(probe, u))


def _lines(probe: Probe, elements: Mapping[int, Tensor]) -> Iterator[Line]:
    """Random lines, the constant one (ties: shares must add up to one), single elements."""
    leaves = {position: torch.ones_like(probe.values[position]) for position in elements}
    for number in range(DENSE):
        drawn = generator(probe.seed, _STREAM, number)
        yield _along(probe, {p: direction(ones, drawn) for p, ones in leaves.items()})
    yield _along(probe, leaves)
    if len(leaves) == 1:
        ((position, found),) = elements.items()
        for index in found.reshape(-1).nonzero().flatten()[:MOST_ELEMENTS].tolist():
            yield _along(probe, {position: _single(leaves[position], index)})


def _along(probe: Probe, patterns: Mapping[int, Tensor]) -> Line:
    """A line that moves leaves by patterns, in units of each leaf's scale."""
    return {p: pattern * scale_of(probe.values[p]) for p, pattern in patterns.items()}


def _single(leaf: Tensor, index: int) -> Tensor:
    pattern = torch.zeros_like(leaf).reshape(-1)
    pattern[index] = 1.0
    return pattern.view_as(leaf)


def _jumps(probe: Probe, line: Line) -> bool:
    """Whether some output's slope differs to the two sides: two forwards."""
    y = flat(probe.outputs).double()
    ahead, behind = outputs_at(probe, line, _STEP) - y, y - outputs_at(probe, line, -_STEP)
    jump, size = (ahead - behind).abs(), torch.maximum(ahead.abs(), behind.abs())
    return bool((jump > VISIBLE * size + 8 * torch.finfo(y.dtype).eps * y.abs()).any())


def _drawn(probe: Probe, seed: int, cotangents: Outputs) -> Draw:
    claims = vjp(probe.subject, probe.values, cotangents)
    if len(claims) != len(probe.values):
        raise ExerciseError(f"{probe.subject.name}.backward returned another number of gradients")
    excused = [
        None if leaf.unclaimed else c for leaf, c in zip(probe.subject.leaves, claims, strict=True)
    ]
    return replace(probe.draws[0], seed=seed, cotangents=cotangents, claims=tuple(excused))


def _split(probe: Probe, values: Tensor) -> Outputs:
    """A flat vector in the shapes of the outputs."""
    parts = values.split([output.numel() for output in probe.outputs])
    return tuple(
        part.reshape(output.shape).to(output.dtype)
        for part, output in zip(parts, probe.outputs, strict=True)
    )

"""Where a gradient is wrong, found by projections alone: halves, quarters, one element.

For leaves whose whole gradient is too dear, as where no autograd can look.  What is claimed too
much along a direction is the sum over its halves, so one projection decides between both: a wrong
element among 10⁶ is found in 20 projections of two forwards each.  Whether its row, its column or
its channel is wrong with it takes one projection for each such pattern.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from gradcheck.cases.point import generator
from gradcheck.cases.probe import Probe
from gradcheck.diagnosis.patterns import describe
from gradcheck.diagnosis.suspect import EXPLAINED
from gradcheck.grid import scale_of
from gradcheck.records import Cause
from gradcheck.subject import flat

# Over 10⁶ elements at once the truncation of a central difference is some 4e3 step² f''' / 6 and
# its roundoff some 1e-13 / step: both below 1e-7 here.
STEP = 2.0**-17
MOST_FORWARDS = 100
DRAWS = 3
_MEMBERS = 3
_MATRIX = 2


@dataclass
class Bisection:
    """One leaf at its point, and how many forwards the search has cost.

    Attributes:
        probe: The subject at its point.
        position: Which leaf.
        forwards: How many were evaluated.
        directions: For each draw one number per element, none near zero.
    """

    probe: Probe
    position: int
    forwards: int = 0
    directions: tuple[Tensor, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Draw them: errors cancel in one by chance, hardly in all, and none is lost."""
        drawn = generator(self.probe.seed, self.position)
        evenly = [
            torch.rand(self.value.shape, generator=drawn, dtype=torch.float64, device="cpu") - 0.5
            for _ in range(DRAWS)
        ]
        self.directions = tuple((one + one.sign()).to(self.value.device) for one in evenly)

    @property
    def value(self) -> Tensor:
        """The leaf's value."""
        return self.probe.values[self.position]

    @property
    def claim(self) -> Tensor:
        """What is claimed for the first cotangent."""
        claim = self.probe.draws[0].claims[self.position]
        assert isinstance(claim, Tensor)  # noqa: S101 asked only of claims in the leaf's shape
        return claim.double()

    def excess(self, mask: Tensor, draw: int = 0) -> float:
        """What is claimed too much inside a mask, along one of the directions."""
        direction = self.directions[draw] * mask
        step = STEP * scale_of(self.value)
        slope = (self._output(step * direction) - self._output(-step * direction)) / (2 * step)
        return float((self.claim * direction).sum()) - slope

    def _output(self, offset: Tensor) -> float:
        self.forwards += 1
        around, values = self.probe.draws[0].cotangents, list(self.probe.values)
        values[self.position] = self.value + offset.to(self.value.dtype)
        with torch.no_grad():
            outputs = flat(self.probe.subject.forward(tuple(values))).double()
        return float(torch.dot(flat(around).double(), outputs))


def place_of(probe: Probe, position: int) -> tuple[Cause | None, int]:
    """The one element, or the pattern, in which a claim is wrong; and the forwards it took.

    None where it is wrong everywhere, or in no pattern that is known.
    """
    search = Bisection(probe, position)
    if search.value.numel() < _MATRIX:
        return None, 0
    whole = torch.ones_like(search.value, dtype=torch.bool)
    total = search.excess(whole)
    element, excess = _worst(search, total)
    for mask in _around(element, whole):
        if search.forwards >= MOST_FORWARDS:
            break
        alone = int(mask.sum()) == 1
        if alone and abs(total - excess) > EXPLAINED * abs(excess):
            continue
        right = all(abs(search.excess(~mask, d)) <= EXPLAINED * abs(excess) for d in range(DRAWS))
        if right and (alone or _all_wrong(search, mask, excess)):
            told = f"the claimed gradient is wrong only in {describe(mask)}"
            return Cause("slice", told), search.forwards
    return None, search.forwards


def _worst(search: Bisection, total: float) -> tuple[tuple[int, ...], float]:
    """One wrong element: always on in the half of which more is claimed too much."""
    first, last = 0, search.value.numel()
    nothing = torch.zeros_like(search.value, dtype=torch.bool).reshape(-1)
    while last - first > 1:
        middle = (first + last) // 2
        mask = nothing.clone()
        mask[first:middle] = True
        left = search.excess(mask.reshape(search.value.shape))
        if abs(left) >= abs(total - left):
            last, total = middle, left
        else:
            first, total = middle, total - left
    index = np.unravel_index(first, search.value.shape)
    return tuple(int(i) for i in index), total


def _around(element: tuple[int, ...], whole: Tensor) -> Iterator[Tensor]:
    """The patterns that hold an element, the smallest first; not everything."""
    masks = [mask for mask in _patterns(element, whole) if bool(mask[element])]
    yield from sorted((m for m in masks if not bool(m.all())), key=lambda mask: int(mask.sum()))


def _patterns(element: tuple[int, ...], whole: Tensor) -> Iterator[Tensor]:
    alone = torch.zeros_like(whole)
    alone[element] = True
    yield alone
    for axis, index in enumerate(element if whole.dim() > 1 else ()):
        slab = torch.zeros_like(whole)
        slab.select(axis, index).fill_(value=True)
        yield slab
    for axis, index in enumerate(element):
        indices = torch.arange(whole.shape[axis], device=whole.device).reshape(
            [-1 if a == axis else 1 for a in range(whole.dim())]
        )
        yield ((indices - index) % 2 == 0).expand_as(whole)
    if whole.dim() == _MATRIX:
        yield torch.eye(*whole.shape, dtype=torch.bool, device=whole.device)
        yield whole.tril(-1)
        yield whole.triu(1)
    if whole.dim() >= _MATRIX:
        for axes in {whole.dim(), 2}:
            inside = torch.zeros_like(whole)
            window = [slice(None)] * (whole.dim() - axes) + [slice(1, -1)] * axes
            inside[tuple(window)] = True
            yield ~inside


def _all_wrong(search: Bisection, mask: Tensor, excess: float) -> bool:
    """Whether some elements of a pattern, drawn at random, are wrong each by itself."""
    places = mask.reshape(-1).nonzero().reshape(-1)
    draws = generator(search.probe.seed, 1)
    order = torch.randperm(len(places), generator=draws, device="cpu")[:_MEMBERS]
    for place in places[order.to(places.device)]:
        alone = torch.zeros_like(mask).reshape(-1)
        alone[place] = True
        if abs(search.excess(alone.reshape(mask.shape))) <= EXPLAINED**2 * abs(excess):
            return False
    return True

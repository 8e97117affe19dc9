"""The whole true gradient of a leaf, wherever a hypothesis wants it: at any point, any cotangent.

A verdict needs a few directions; a diagnosis wants every element.  Torch autograd gives them for
one forward and backward.  Where it cannot be asked, or was not to be, finite differences give the
whole Jacobian element by element: as long as the forwards last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.grid import scale_of
from gradcheck.subject import Outputs, Subject, Values, flat
from gradcheck.witnesses.autograd import gradients_at

# Of four evaluations at one and two steps each, the truncation is (step)⁴ f⁽⁵⁾ / 30, some 1e-16
# of a function of scale one, and the roundoff ε / step: 2e-12.
STEP = 2.0**-13
FORWARDS_EACH = 4
MOST_FORWARDS = 4000
CLOSE_BY_AUTOGRAD = 1e-11
CLOSE_BY_DIFFERENCES = 1e-8


class TooExpensive(Exception):  # noqa: N818 nothing went wrong
    """More forwards than a diagnosis may cost."""


class Truth(Protocol):
    """The true VJP."""

    close: float
    """Two gradients that differ by no more than this, relative to their size, are the same."""

    def __call__(self, values: Values, cotangents: Outputs, position: int) -> Tensor:
        """The gradient of one leaf.

        Raises:
            TooExpensive: If it cannot be had for the forwards that are left.
        """


@dataclass
class ByAutograd:
    """Torch's gradients of the subject's own forward."""

    subject: Subject
    close: float = CLOSE_BY_AUTOGRAD

    def __call__(self, values: Values, cotangents: Outputs, position: int) -> Tensor:
        """One forward and one backward."""
        try:
            found = gradients_at(self.subject.forward, values, cotangents)
        except (ExerciseError, RuntimeError) as refused:
            raise TooExpensive(str(refused)) from refused
        return found[position].detach()


@dataclass
class ByDifferences:
    """The Jacobian of one leaf, column by column; kept, for most questions share their point."""

    subject: Subject
    close: float = CLOSE_BY_DIFFERENCES
    left: int = MOST_FORWARDS
    _known: dict[tuple[int, ...], tuple[Values, Tensor]] = field(default_factory=dict)

    def __call__(self, values: Values, cotangents: Outputs, position: int) -> Tensor:
        """Project the Jacobian there."""
        key = (position, *map(id, values))
        if key not in self._known:  # the values are kept beside it, so that no id comes back
            self._known[key] = (values, self._jacobian(values, position))
        columns = self._known[key][1]
        gradient = columns @ flat(cotangents).double()
        return gradient.reshape(values[position].shape)

    def _jacobian(self, values: Values, position: int) -> Tensor:
        leaf = values[position]
        if FORWARDS_EACH * leaf.numel() > self.left:
            raise TooExpensive(f"{FORWARDS_EACH * leaf.numel()} forwards")
        self.left -= FORWARDS_EACH * leaf.numel()
        step = STEP * scale_of(leaf)
        with torch.no_grad():
            columns = [self._column(values, position, n, step) for n in range(leaf.numel())]
        if not all(bool(torch.isfinite(column).all()) for column in columns):
            raise TooExpensive("the forward has no value beside the point")
        return torch.stack(columns) if columns else leaf.new_zeros(0, 0)

    def _column(self, values: Values, position: int, element: int, step: float) -> Tensor:
        def moved(times: float) -> Tensor:
            leaf = values[position].clone(memory_format=torch.contiguous_format)
            leaf.view(-1)[element] += times * step
            around = (*values[:position], leaf, *values[position + 1 :])
            return flat(self.subject.forward(around)).double()

        near = (moved(1) - moved(-1)) / (2 * step)
        far = (moved(2) - moved(-2)) / (4 * step)
        return near + (near - far) / 3

"""Straight lines through a point, all followed at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gradcheck.errors import ExerciseError
from gradcheck.witnesses.numeric.stencil import Path

# So many times the length of a direction off, an output that stands still may move at last.
AFAR = tuple(
    sign * t for t in (0.8660254037844386, 5.196152422706632, 26.4575131106459) for sign in (1, -1)
)


@dataclass
class Bundle:
    """Straight lines through the point, all followed at once, and how often that was done.

    Attributes:
        lines: t → the flattened outputs on each line, a row for each; one forward for each.
        total: t → the flattened outputs on the line along the sum of the directions.
        nudges: ±1, ... → the flattened outputs at points so near that only noise bends the line
            through them; at whole numbers they are exact.
        centre: The flattened outputs at the point, a row for each line.
        half_epsilon: The rounding of one output, in units of its size.
        forwards: How often the forward was called so far.
    """

    lines: Path
    total: Callable[[float], Tensor]
    nudges: Callable[[float], Tensor]
    centre: Tensor
    half_epsilon: float
    forwards: int = 0

    def along(self, t: float) -> Tensor:
        """The outputs on each line, a row for each."""
        self.forwards += len(self.centre)
        return self.lines(t)

    def sum(self, t: float) -> Tensor:
        """The outputs along the sum of the directions."""
        self.forwards += 1
        return self.total(t)

    def nudge(self, times: float) -> Tensor:
        """The outputs so many nudges away."""
        self.forwards += 1
        return self.nudges(times)

    @cached_property
    def afar(self) -> Tensor:
        """The outputs there and at the point itself; there rounding shows its grain.

        Shapes   (up to 7, n_directions, n_outputs)
        """
        points = [self.centre]
        for t in AFAR:
            with suppress(ExerciseError):  # the forward refuses what lies so far off
                points.append(self.along(t))
        return torch.stack(points)

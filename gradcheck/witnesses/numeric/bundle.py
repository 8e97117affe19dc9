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


@dataclass(frozen=True)
class Bundle:
    """Straight lines through the point, all followed at once.

    Attributes:
        along: t → the flattened outputs on each line, a row for each; one forward for each.
        sum: t → the flattened outputs on the line along the sum of the directions.
        nudge: ±1, ... → the flattened outputs at points so near that only noise bends the line
            through them; at whole numbers they are exact.
        centre: The flattened outputs at the point.
        half_epsilon: The rounding of one output, in units of its size.
    """

    along: Path
    sum: Callable[[float], Tensor]
    nudge: Callable[[float], Tensor]
    centre: Tensor
    half_epsilon: float

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

"""Straight lines through a point, all followed at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from gradcheck.witnesses.numeric.stencil import Path


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

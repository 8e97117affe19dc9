"""From the slopes of every output to those of their projections, with bars that hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gradcheck.witnesses.numeric.stencil import Slopes

# The bar is this many times the estimated standard error of the projected derivative.
SAFETY = 4.0


class Reading(NamedTuple):
    """What steps of one size say of one projected derivative."""

    value: float
    bar: float


@dataclass(frozen=True)
class Slope:
    """The derivative of  t ↦ ⟨u, y(t)⟩  at zero, along one direction.

    The true value lies within ``bar`` of ``value``; ``kink`` is the part of the bar that no
    smaller step can remove, half the jump between the one-sided slopes; ``roundoff`` the part
    that a longer step would; ``readings`` holds what each rung said by itself.
    """

    value: float
    bar: float
    kink: float
    roundoff: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Ascent:
    """What was found: of each rung, and the best of all of them.

    Attributes:
        best: The slopes of every output along every direction.
        rungs: What each rung said by itself.
        irregular: The outputs that the sentinel contradicts.
        flat: Those on long treads, of slope zero: longer steps would only cross these.
        forwards: How often the forward was called.
    """

    best: Slopes
    rungs: tuple[Slopes, ...]
    irregular: Tensor
    flat: Tensor
    forwards: int

    def projected(self, cotangents: Tensor) -> list[list[Slope]]:
        """The slopes projected on each cotangent: one list for each, with one for each direction.

        Shapes   cotangents (n_cotangents, n_outputs)
        """
        values, bars = best = _project(self.best, cotangents)
        kinks = (0.5 * (cotangents.abs() @ self.best.jump.T)).tolist()
        roundoff = bars_of(self.best.roundoff, None, cotangents).tolist()
        readings = [
            best if slopes is self.best else _project(slopes, cotangents) for slopes in self.rungs
        ]
        return [
            [
                Slope(
                    values[i][j],
                    bars[i][j],
                    kinks[i][j],
                    roundoff[i][j],
                    tuple(Reading(value[i][j], bar[i][j]) for value, bar in readings),
                )
                for j in range(len(values[i]))
            ]
            for i in range(len(values))
        ]


def _project(slopes: Slopes, cotangents: Tensor) -> tuple[list[list[float]], list[list[float]]]:
    """Values and bars of the projections, a row for each cotangent."""
    values = cotangents @ slopes.value.T
    return values.tolist(), bars_of(slopes.error, slopes.jump, cotangents).tolist()


def bars_of(error: Tensor, jump: Tensor | None, cotangents: Tensor) -> Tensor:
    """How far each projected derivative may be off.

    u is drawn at random, apart from the errors, so its projection of them is normal with their
    norm as standard deviation.  A jump is no error but an ambiguity: it counts in full.

    Shapes   error, jump (n_directions, n_outputs)  ->  (n_cotangents, n_directions)
    """
    infinite = torch.isinf(error)
    blind = None
    if bool(infinite.any()):  # of no matter for a cotangent that is zero there
        blind = (cotangents != 0).double() @ infinite.double().T > 0
        error = torch.where(infinite, 0.0, error)
    size = error.amax(dim=-1) if error.shape[-1] else error.new_zeros(len(error))
    relative = error / torch.where(size > 0, size, 1.0).unsqueeze(-1)
    bars = SAFETY * size * (cotangents.square() @ relative.square().T).sqrt()
    if jump is not None:
        bars = bars + 0.5 * (cotangents.abs() @ jump.T)
    return bars if blind is None else torch.where(blind, torch.inf, bars)

"""Where a number stands in a drawing: logarithmic axes, and the labels of their decades."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Labels closer than this, in points, run into each other.
_CROWDED = 34


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from one power of ten to another.

    Attributes:
        low: The smaller power.
        high: The larger.
        start: Where the smaller stands, in points.
        end: Where the larger stands; above the start on a vertical axis, so less.

    >>> axis = Axis(-4, 0, 0, 100)
    >>> axis.place(1e-2), axis.place(1e9)
    (50.0, 100.0)
    """

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def around(cls, values: list[float], start: float, end: float) -> Axis:
        """The narrowest that holds all positive values, at least two decades."""
        logs = [math.log10(value) for value in values if value > 0 and math.isfinite(value)]
        low = math.floor(min(logs, default=-1))
        high = max(math.ceil(max(logs, default=0)), low + 2)
        return cls(low, high, start, end)

    def place(self, value: float) -> float:
        """Where a value stands; what lies outside stands at the edge."""
        log = math.log10(value) if value > 0 else -math.inf
        part = (min(max(log, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 2)

    @property
    def ticks(self) -> list[Tick]:
        """Labels at powers of ten, as many as there is room for."""
        room = max(1, int(abs(self.end - self.start) // _CROWDED))
        every = math.ceil((self.high - self.low) / room)
        powers = range(self.low, self.high + 1, every)
        return [Tick(self.place(10.0**power), power_of_ten(power)) for power in powers]


def power_of_ten(power: int) -> str:
    """As one writes it.

    >>> power_of_ten(-12)
    '10⁻¹²'
    """
    return "10" + str(power).translate(_SUPERSCRIPTS)

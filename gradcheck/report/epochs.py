"""The drawing of a training beside torch's: how far the two losses lie apart in every epoch."""

from __future__ import annotations

from dataclasses import dataclass

from gradcheck.exhibits import Parity
from gradcheck.report.axes import Axis, Tick
from gradcheck.report.plots import BOTTOM, FLOOR, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Level


@dataclass(frozen=True)
class Epochs:
    """Difference against epoch, logarithmic upwards; an epoch of equal bits stands at the foot."""

    x_ticks: list[Tick]
    y_ticks: list[Tick]
    line: str
    bar: Level
    count: int
    equal: int
    worst: float
    first: float
    last: float


def epochs(parity: Parity) -> Epochs | None:
    """The difference of each epoch; None where a loss is no finite number.

    >>> drawn = epochs(Parity((3.0, 2.0), (3.0, 2.5), 1e-12))
    >>> drawn.equal, drawn.worst
    (1, 0.2)
    """
    ours = [loss for loss in parity.ours if loss is not None]
    theirs = [loss for loss in parity.theirs if loss is not None]
    if not ours or len(ours) < len(parity.ours) or len(theirs) < len(ours):
        return None
    errors = [abs(a - b) / max(1.0, abs(b)) for a, b in zip(ours, theirs, strict=True)]
    shown = [max(error, FLOOR) for error in errors]
    y = Axis.around([*shown, parity.bar], HEIGHT - BOTTOM, TOP)
    count, width = len(errors), WIDTH - RIGHT - LEFT
    places = [round(LEFT + width * n / max(1, count - 1), 2) for n in range(count)]
    return Epochs(
        x_ticks=[Tick(places[n], str(n + 1)) for n in sorted({0, count // 2, count - 1})],
        y_ticks=y.ticks,
        line=" ".join(f"{x},{y.place(error)}" for x, error in zip(places, shown, strict=True)),
        bar=Level(y.place(parity.bar), parity.bar),
        count=count,
        equal=errors.count(0.0),
        worst=max(errors),
        first=ours[0],
        last=ours[-1],
    )

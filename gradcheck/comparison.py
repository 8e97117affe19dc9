"""What one witness says of one leaf's claimed gradient, and by what numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Opinion(StrEnum):
    """What one witness says of one claim."""

    AGREES = "agrees"
    DIFFERS = "differs"
    COARSE = "coarse"  # its error bar is too wide to tell
    ABSENT = "absent"  # it could not be asked; the note says why


@dataclass(frozen=True)
class Projection:
    """A claimed gradient and the measured one along one random direction, with its error bar."""

    claimed: float
    measured: float
    bar: float


@dataclass(frozen=True)
class Kink:
    """One kink that the point lies on, by example.

    Attributes:
        element: Which element of the leaf moves over it.
        left: The slope of the output to the left of the point, along that element.
        right: The slope to its right.
        claimed: What the backward takes; any number between the two is a valid subgradient.
        torch: What torch autograd takes, where it can be asked.
    """

    element: tuple[int, ...]
    left: float
    right: float
    claimed: float
    torch: float | None = None

    def __str__(self) -> str:
        """In words, after the name of the leaf."""
        place = f"[{', '.join(map(str, self.element))}]" if self.element else ""
        torch = "" if self.torch is None else f", torch takes {_zero_free(self.torch):.6g}"
        return (
            f"{place} lies on a kink: the slope is {_zero_free(self.left):.6g} to the left and "
            f"{_zero_free(self.right):.6g} to the right, "
            f"the backward takes {_zero_free(self.claimed):.6g}{torch}"
        )


@dataclass(frozen=True)
class Comparison:
    """What one witness says of one leaf's claimed gradient.

    Attributes:
        witness: ``numeric``, ``autograd`` or ``reference``.
        opinion: Whether it agrees.
        error: How far the claim is from this witness, relative to the gradient; None if absent.
        resolution: The smallest relative error that it would have noticed; None if absent.
        forwards: How often the forward was evaluated for it.
        projections: What was compared, where the comparison was along directions.
        at_kink: Whether the point lies on a kink, where several answers are right.
        kink: One of the kinks, by example.
        blind: Whether the claim is so small that it could not be told from zero.
        note: Why it is absent or coarse, or what else a reader should know.
        yardstick: Torch's own error, where rounding in a lower dtype is compared; else None.
        precision: The dtype that the forward computes in, where that is lower than float64.
        rounding: The dtype whose rounding explains the difference, where one does.
    """

    witness: str
    opinion: Opinion
    error: float | None = None
    resolution: float | None = None
    forwards: int = 0
    projections: tuple[Projection, ...] = ()
    at_kink: bool = False
    kink: Kink | None = None
    blind: bool = False
    note: str = ""
    yardstick: float | None = None
    precision: str = ""
    rounding: str = ""


def _zero_free(value: float) -> float:
    """The number, zero where it is roundoff or minus zero."""
    return 0.0 if abs(value) < 1e-12 else value  # noqa: PLR2004 for the reader only

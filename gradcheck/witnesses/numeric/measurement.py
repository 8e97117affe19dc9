"""One measurement: the claimed and the measured gradient along one random direction.

A claimed gradient x̄ is right if  ⟨x̄, v⟩  equals the derivative of  t ↦ ⟨u, forward(x + t v)⟩  for
every v.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradcheck.witnesses.numeric.aim import Aim
from gradcheck.witnesses.numeric.projection import Slope

# A claim differs if it lies outside the bar by this factor; in between, it is not decided.
CLEAR = 2.0
# A bar wider than this part of the slope and of the output may come from chaos that looked steady
# by chance: a sine sampled far above its period changes by its own size at every step.
BLUNT = 1e-2
SUPPORTERS = 2
# A gradient this many bars small is zero as far as this witness can see.
STRUCTURAL_ZERO = 10.0


@dataclass(frozen=True)
class Measurement:
    """Claim and truth along one direction, through one leaf or through several at once.

    Attributes:
        claimed: ⟨x̄, v⟩, summed over the leaves.
        slope: The derivative by finite differences, with its bar.
        rounding: How far a right claim may be off by the backward's own rounding.
        norms: Leaf position → the norm of its claim, in units of the direction's scale.
        natural: The norm of cotangent times output: the size of what cancels in a zero gradient.
        afar: How steep it is to the sides of a kink that only longer steps show; infinite where
            they show none.
        reach: The norm of the cotangent times the size of the leaf: what natural is where the
            output is zero, and the claim is not.
            Where the output is zero too, the norm of cotangent times leaf.
    """

    claimed: float
    slope: Slope
    rounding: float
    norms: dict[int, float]
    natural: float
    reach: float = 0.0
    afar: float = math.inf

    @property
    def error(self) -> float:
        """How far the claim is from the measured slope."""
        return abs(self.claimed - self.slope.value)

    @property
    def bar(self) -> float:
        """How far a right claim can be from the measured slope."""
        return self.slope.bar + self.rounding

    @property
    def agrees(self) -> bool:
        """Whether the claim may be right."""
        return self.error <= self.bar

    @property
    def differs(self) -> bool:
        """Whether the claim cannot be right, and the slope is known well enough to say so.

        Steps of two sizes at least must agree on the slope and exclude the claim: a function that
        oscillates far below all steps looks steady to one of them by chance, never to two alike.
        """
        sharp = self.bar <= BLUNT * max(abs(self.slope.value), self.natural or self.reach)
        return sharp and self.error > CLEAR * self.bar and self._supporters() >= SUPPORTERS

    def _supporters(self) -> int:
        """How many step sizes give this slope, and exclude the claim, by themselves."""
        return sum(
            abs(reading.value - self.slope.value) <= reading.bar + self.slope.bar
            and abs(reading.value - self.claimed) > CLEAR * reading.bar + self.rounding
            for reading in self.slope.readings
        )

    @property
    def at_kink(self) -> bool:
        """Whether what makes the bar wide is a jump between the one-sided slopes."""
        return self.slope.kink > 0.5 * self.slope.bar

    @property
    def bends_afar(self) -> bool:
        """Whether longer steps show a kink, at the point or some way off."""
        return self.afar < math.inf

    def is_blind(self, position: int) -> bool:
        """Whether the leaf's gradient is too small beside the bar to be told from zero."""
        visible = self.norms[position]
        if len(self.norms) == 1:
            visible = max(visible, abs(self.slope.value))
        return visible <= STRUCTURAL_ZERO * self.bar

    def size_of(self, position: int) -> float:
        """What errors in this leaf are relative to: its gradient, unless that is zero.

        Zero by structure it is not where it has slopes to both sides, as that of  |x| + 10¹⁵:
        there the constant is no size of anything that could cancel.
        """
        if self.is_blind(position):
            steep = self.slope.kink if self.at_kink else self.afar
            return min(self.natural, steep)
        return self.norms[position] or abs(self.slope.value)

    def relative_error(self, position: int) -> float:
        """The error in units of the claim or of the truth, whichever is larger."""
        size = max(self.size_of(position), abs(self.slope.value))
        return self.error / size if size > 0 else self.error

    def resolution(self, position: int, aim: Aim) -> float:
        """The relative error that all directions miss with the stated probability at most."""
        size = aim.missed * self.size_of(position)
        return 2 * self.bar / size if size > 0 else math.inf

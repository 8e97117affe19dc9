"""What finite differences should see, how surely, and along how many directions.

With δ the error of a wrong claim, ⟨δ, v⟩ is normal with standard deviation ‖δ‖: k directions all
miss it, below a threshold τ, with probability at most (√(2/π) τ/‖δ‖)ᵏ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

# What costs little to see is looked for; nothing coarser is agreement, unless it is asked for.
FINE = 1e-11
COARSEST = 1e-6
# A direction that may miss less than this part of an error asks too much of the bar: two
# directions that each miss more of it see the same at the same odds.
FEWEST_MISSED = 0.03


@dataclass(frozen=True)
class Aim:
    """What a check wants to see, and how surely.

    Attributes:
        asked: The relative error that must show; None if nobody said.
        miss_probability: The chance that an error of the stated size is overlooked.
    """

    asked: float | None = None
    miss_probability: float = 1e-3

    @property
    def resolution(self) -> float:
        """The relative error at which the search for better steps ends."""
        return FINE if self.asked is None else min(FINE, self.asked)

    @property
    def coarsest(self) -> float:
        """Nothing coarser than this is called agreement."""
        return COARSEST if self.asked is None else max(COARSEST, self.asked)

    @cached_property
    def directions(self) -> int:
        """How many directions are followed.

        >>> Aim().directions, Aim(miss_probability=1e-6).directions
        (2, 4)
        """
        return max(2, math.ceil(math.log(self.miss_probability) / math.log(FEWEST_MISSED) - 1e-9))

    @cached_property
    def missed(self) -> float:
        """The part of ‖δ‖ below which every direction may find ⟨δ, v⟩, at that probability."""
        fraction: float = self.miss_probability ** (1 / self.directions)
        return math.sqrt(math.pi / 2) * fraction

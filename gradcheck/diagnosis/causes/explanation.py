"""What a hypothesis that holds has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gradcheck.diagnosis.suspect import Suspect


@dataclass(frozen=True)
class Explanation:
    """A hypothesis that holds of one leaf in one case.

    Attributes:
        code: Of the cause.
        key: What must hold in every other case as well, without the numbers of this one:
            ``1/batch size``, not 0.25.
        evidence: One line for a reader, with the numbers.
        weak: Whether it is no more than not contradicted here: it may support what another case
            shows, and is never named for itself.
    """

    code: str
    key: str
    evidence: str
    weak: bool = False


Hypothesis = Callable[[Suspect], Iterator[Explanation]]


def listed_axes(axes: tuple[int, ...]) -> str:
    """Axes as a sentence names them.

    >>> listed_axes((0, 2))
    'axes 0, 2'
    """
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {', '.join(map(str, axes))}"

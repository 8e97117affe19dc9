"""Along which axis the samples of a batch lie, and what they share."""

from __future__ import annotations

from collections.abc import Sequence

from gradcheck.subject import Leaf, Role

_MATRIX = 2


def batch_axis(taken: Sequence[int], returned: Sequence[int]) -> int:
    """The first; the last, where that alone is as long in a layer's input as in its output.

    Args:
        taken: The shape of the input.
        returned: That of the output.

    >>> batch_axis((4, 5), (4, 3)), batch_axis((5, 4), (3, 4)), batch_axis((5, 4), ())
    (0, -1, 0)
    """
    if len(taken) != _MATRIX or len(returned) != _MATRIX or taken[0] == returned[0]:
        return 0
    return -1 if taken[-1] == returned[-1] else 0


def is_shared(leaf: Leaf, samples: int) -> bool:
    """Whether all samples share it: a parameter, or an argument that has no axis for them."""
    return leaf.role == Role.PARAMETER or samples not in leaf.value.shape
